using Mesh.Contracts;

namespace Mesh.Projects.Projects;

/// <summary>What may be asked of a project.</summary>
internal abstract record ProjectCommand
{
    private ProjectCommand()
    {
    }

    internal sealed record Create(string Name, string? Description, IReadOnlyDictionary<string, string>? Labels, string By, string? RequestId = null) : ProjectCommand;

    internal sealed record Describe(string? Description, IReadOnlyDictionary<string, string>? Labels) : ProjectCommand;

    internal sealed record Archive : ProjectCommand;

    internal sealed record Restore : ProjectCommand;

    /// <param name="Cascade">With all that is in it; else it is only closed until it is known to be empty.</param>
    internal sealed record RequestDeletion(bool Cascade, string By) : ProjectCommand;

    /// <summary>A closed project has been found empty.</summary>
    internal sealed record ConfirmEmpty : ProjectCommand;

    /// <summary>A closed project has been found to hold something.</summary>
    internal sealed record WithdrawDeletion(string Reason) : ProjectCommand;

    /// <summary>Every service has handled the deletion, but something came behind it.</summary>
    internal sealed record RepeatDeletion(string By) : ProjectCommand;

    /// <summary>Every service has been found empty.</summary>
    internal sealed record ConfirmPurge : ProjectCommand;

    /// <param name="ByRole">What the one who asks may do here.</param>
    internal sealed record SetMember(string User, Role Role, Role ByRole) : ProjectCommand;

    internal sealed record RemoveMember(string User, string By, Role ByRole) : ProjectCommand;

    internal sealed record SetSecret(string Name, string By) : ProjectCommand;

    internal sealed record DeleteSecret(string Name) : ProjectCommand;
}
