using Mesh.Artifacts.Models;
using Mesh.Hosting.Decisions;

namespace Mesh.Artifacts.Tests.Models;

/// <summary>Given what happened to a model, when something is asked of it, then this happens or is refused. It is always the same moment.</summary>
internal static class ModelStory
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static IReadOnlyList<ModelEvent> When(ModelEvent[] given, ModelCommand command)
    {
        var decision = ModelDecider.Decide(command, Fold(given), Now);
        decision.Rejected.ShouldBeNull();
        return decision.Events;
    }

    public static Rejection Refusal(ModelEvent[] given, ModelCommand command) => ModelDecider.Decide(command, Fold(given), Now).Rejected.ShouldNotBeNull();

    public static Model? Fold(ModelEvent[] events) => events.Aggregate((Model?)null, (model, e) => e switch
    {
        ModelEvent.Created x => model?.Apply(x) ?? Model.Create(x),
        ModelEvent.VersionRegistered x => model?.Apply(x) ?? Model.Create(x),
        ModelEvent.Tagged x => model!.Apply(x),
        ModelEvent.Described x => model!.Apply(x),
        ModelEvent.Deleted x => model!.Apply(x),
        ModelEvent.VersionDeleted x => model!.Apply(x),
        ModelEvent.StageChanged x => model!.Apply(x),
        ModelEvent.AliasMoved x => model!.Apply(x),
        ModelEvent.AliasDeleted x => model!.Apply(x),
        ModelEvent.Promoted x => model!.Apply(x),
        ModelEvent.ApprovalRequested x => model!.Apply(x),
        ModelEvent.Approved x => model!.Apply(x),
        ModelEvent.ApprovalRejected x => model!.Apply(x),
        ModelEvent.GateSet x => model!.Apply(x),
        ModelEvent.MetricsLogged x => model!.Apply(x),
        _ => throw new ArgumentOutOfRangeException(nameof(events)),
    });
}
