using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Code.Git;

/// <summary>A repository cannot be read, for a reason that the user should read.</summary>
internal sealed class GitRefusedException(Rejection rejection) : Exception(rejection.Detail)
{
    public Rejection Rejection { get; } = rejection;
}
