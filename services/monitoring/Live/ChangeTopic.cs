using Mesh.Contracts.Monitoring;

namespace Mesh.Monitoring.Live;

/// <summary>Something of a project that may change while it is looked at.</summary>
/// <param name="Name">The endpoint or the webhook.</param>
internal readonly record struct ChangeTopic(ChangeKind Kind, string Project, string Name)
{
    /// <summary>Reads what was written; null if it was not.</summary>
    public static ChangeTopic? Parse(string text) =>
        text.Split('/') is [var kind, var project, var name] && Enum.TryParse<ChangeKind>(kind, out var known) ? new ChangeTopic(known, project, name) : null;

    /// <summary>As replicas tell it each other. Names are labels: they have no slash.</summary>
    public override string ToString() => $"{Kind}/{Project}/{Name}";
}
