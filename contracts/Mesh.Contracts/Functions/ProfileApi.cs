namespace Mesh.Contracts.Functions;

/// <summary>What runs the jobs of a profile.</summary>
public enum ProfileExecutor
{
    /// <summary>Child processes of a worker.</summary>
    Process,

    /// <summary>Workloads of a Kubernetes cluster.</summary>
    Kubernetes,
}

/// <summary>A place where jobs run, as the operator has set it up.</summary>
/// <param name="IsDefault">Whether jobs run there that name none.</param>
/// <param name="Image">Kubernetes: the image of jobs that name none; such a job is refused when it is absent.</param>
/// <param name="Concurrency">Jobs that each worker runs there at once.</param>
/// <param name="Gpu">Kubernetes: the resource that a job's graphics processors are of.</param>
public sealed record ProfileInfo(
    string Name, ProfileExecutor Executor, bool IsDefault, int Concurrency, string? Description = null, string? Image = null, string? Gpu = null);

internal static class ProfileChecks
{
    private const int LongestImage = 512;

    /// <summary>Checks where something is to run.</summary>
    public static void Common(Faults faults, string? profile, string? image)
    {
        if (profile is not null) faults.Name(profile, "profile");
        faults.Require(
            image is null || (image.Length is >= 1 and <= LongestImage && char.IsAsciiLetterOrDigit(image[0]) && image.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ':' or '@')),
            "image", $"must be the name of an image, such as registry/team/train:1.4 or train@sha256:…, of at most {LongestImage} characters.");
    }
}
