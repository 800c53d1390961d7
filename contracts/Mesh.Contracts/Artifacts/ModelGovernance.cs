namespace Mesh.Contracts.Artifacts;

/// <summary>Where a version is on its way, for those who work with stages. Aliases say the same without a fixed list.</summary>
public enum ModelStage
{
    /// <summary>In no stage.</summary>
    None,

    /// <summary>Being tried.</summary>
    Staging,

    /// <summary>In use.</summary>
    Production,

    /// <summary>Out of use.</summary>
    Archived,
}

/// <summary>How far an approval is.</summary>
public enum ApprovalStatus
{
    /// <summary>Asked for.</summary>
    Requested,

    /// <summary>Given.</summary>
    Approved,

    /// <summary>Refused.</summary>
    Rejected,
}

/// <summary>The approval of a version, as it is now; the model's history has what was before.</summary>
/// <param name="RequestedBy">Who asked for it; null when it was given without being asked for.</param>
/// <param name="DecidedBy">Who gave or refused it.</param>
/// <param name="Role">In what role.</param>
public sealed record ModelApproval(
    ApprovalStatus Status, string? RequestedBy, string? DecidedBy, Role? Role, string? Comment, DateTimeOffset At);

/// <summary>What of <c>POST …/models/{model}/versions/{version}/approval</c> is meant.</summary>
public enum ApprovalAction
{
    /// <summary>Ask for it.</summary>
    Request,

    /// <summary>Give it; for admins.</summary>
    Approve,

    /// <summary>Refuse it; for admins.</summary>
    Reject,
}

/// <summary><c>POST …/models/{model}/versions/{version}/approval</c></summary>
public sealed record DecideApproval(ApprovalAction Action, string? Comment = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(EnumNames.Of(Action) is not null, "action", $"must be one of {EnumNames.List<ApprovalAction>()}.");
        faults.Text(Comment, "comment", 5000);
    }
}

/// <summary>A check that a metric of a version must pass.</summary>
/// <param name="Metric">The metric; a version without it does not pass.</param>
/// <param name="AtLeast">The least it may be.</param>
/// <param name="AtMost">The most it may be.</param>
/// <param name="BeatsCurrent">It must be better than that of the version which has the alias now; without one, it is.</param>
/// <param name="LowerIsBetter">What better means: lower, as for a loss, instead of higher.</param>
/// <param name="Name">What the check is called; the metric unless said.</param>
public sealed record GateCheck(
    string Metric, double? AtLeast = null, double? AtMost = null, bool BeatsCurrent = false, bool LowerIsBetter = false, string? Name = null);

/// <summary><c>PUT …/models/{model}/gates/{alias}</c>: what a version must fulfil before it takes the alias.</summary>
/// <param name="RequireApproval">It must have been approved.</param>
/// <param name="FourEyes">By somebody else than who asked for it.</param>
public sealed record SetGate(bool RequireApproval = false, bool FourEyes = false, IReadOnlyList<GateCheck>? Checks = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Count(Checks?.Count ?? 0, "checks", 50);
        faults.Require(!FourEyes || RequireApproval, "fourEyes", "means something only with requireApproval.");
        faults.Require(RequireApproval || Checks is { Count: > 0 }, "checks", "must hold a check, unless requireApproval is true. DELETE removes a gate.");
        for (var i = 0; i < Checks?.Count; i++)
        {
            var field = $"checks[{i}]";
            if (Checks[i] is not { } check)
            {
                faults.Add(field, "must be an object, not null.");
                continue;
            }

            faults.Key(check.Metric, $"{field}.metric");
            faults.Text(check.Name, $"{field}.name", 250);
            faults.Require(check is not { AtLeast: null, AtMost: null, BeatsCurrent: false }, field, "must say atLeast, atMost or beatsCurrent.");
            faults.Require(check.AtLeast is null || double.IsFinite(check.AtLeast.Value), $"{field}.atLeast", "must be a finite number.");
            faults.Require(check.AtMost is null || double.IsFinite(check.AtMost.Value), $"{field}.atMost", "must be a finite number.");
            faults.Require(!(check.AtLeast > check.AtMost), field, "asks for more than it allows: atLeast is above atMost.");
        }
    }
}

/// <summary>The gate of an alias.</summary>
public sealed record AliasGate(string Alias, bool RequireApproval, bool FourEyes, IReadOnlyList<GateCheck> Checks);

/// <summary>Whether a version may take an alias, check by check: <c>GET …/models/{model}/gates/{alias}/check?version=</c>.</summary>
/// <param name="Current">The version that has the alias now; 0 for none.</param>
/// <param name="Passes">Whether all results pass.</param>
public sealed record GateReport(string Alias, int Version, int Current, bool Passes, IReadOnlyList<GateResult> Results);

/// <summary>What became of one check.</summary>
/// <param name="Detail">A sentence with the figures.</param>
public sealed record GateResult(string Name, bool Passes, string Detail);

/// <summary><c>POST …/models</c>: makes a model before its first version.</summary>
public sealed record CreateModel(string Name, string? Description = null, Dictionary<string, string>? Tags = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Names.IsModel(Name), "name", Names.ModelForm);
        faults.Text(Description, "description", 20_000);
        faults.Tags(Tags, "tags");
    }
}

/// <summary><c>PATCH …/models/{model}</c>, and <c>PATCH …/models/{model}/versions/{version}</c>: what is absent stays as it is.</summary>
/// <param name="Name">The new name of a model; a version has none.</param>
/// <param name="Description">Markdown; empty removes it.</param>
/// <param name="Tags">Tags to set; null as a value removes the tag.</param>
/// <param name="Stage">The stage of a version; a model has none.</param>
public sealed record ChangeModel(string? Name = null, string? Description = null, Dictionary<string, string?>? Tags = null, ModelStage? Stage = null) : IChecked
{
    public void Check(Faults faults)
    {
        faults.Require(Name is null || Names.IsModel(Name), "name", Names.ModelForm);
        faults.Text(Description, "description", 20_000);
        faults.Count(Tags?.Count ?? 0, "tags", 100);
        foreach (var (key, value) in Tags ?? [])
        {
            faults.Key(key, $"tags.{key}");
            faults.Text(value, $"tags.{key}", 5000);
        }

        faults.Require(Stage is null || EnumNames.Of(Stage.Value) is not null, "stage", $"must be one of {EnumNames.List<ModelStage>()}.");
        faults.Require(Name is not null || Description is not null || Tags is { Count: > 0 } || Stage is not null, "", "must say what changes.");
    }
}

/// <summary>Versions of a model side by side.</summary>
/// <param name="Versions">In the order asked for, without training statistics.</param>
/// <param name="Metrics">Metrics that one of them has at least, by name.</param>
/// <param name="Tags">Tags that one of them has at least, by name.</param>
/// <param name="Inputs">Columns of the inputs, by name; a column's type and shape as text.</param>
/// <param name="Outputs">Columns of the outputs, by name.</param>
public sealed record ModelComparison(
    IReadOnlyList<ModelVersion> Versions, IReadOnlyList<ComparedValue<double?>> Metrics, IReadOnlyList<ComparedValue<string?>> Tags,
    IReadOnlyList<ComparedValue<string?>> Inputs, IReadOnlyList<ComparedValue<string?>> Outputs);

/// <summary>One line of a comparison.</summary>
/// <param name="Values">A value per version; null where it has none.</param>
/// <param name="Differs">Whether not all are the same.</param>
public sealed record ComparedValue<T>(string Name, IReadOnlyList<T> Values, bool Differs);
