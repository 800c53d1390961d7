using Mesh.Contracts.Functions;
using Mesh.Functions.Definitions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Profiles;

/// <summary>Settles where a job runs, from what it says, what its function says, and what the operator has set up.</summary>
internal static class ProfileChoice
{
    /// <summary>The profile, and the image on a cluster; or why there is none.</summary>
    public static (Profile? Profile, string? Image, Rejection? Rejected) Choose(this ProfileRegistry profiles, SubmitJob job, FunctionContent? function)
    {
        var name = job.Profile ?? function?.Profile ?? profiles.Default.Name;
        if (profiles.Find(name) is not { } profile) return (null, null, profiles.Unknown(name));
        if (profile.IsLocal)
        {
            return job.Image is null
                ? (profile, null, null)
                : (null, null, Rejection.Unprocessable("job.image-local", $"The profile '{profile.Name}' runs processes, which have no image; name a profile of a cluster.", "image"));
        }

        // An item of the hub is a program of Mesh's own image.
        if ((job.Image ?? function?.Image ?? ((job.Item ?? function?.Item) is null ? profile.Options.Image : profile.Options.InitImage)) is { } image) return (profile, image, null);
        return (null, null, Rejection.Unprocessable("job.image-missing", $"The profile '{profile.Name}' has no image for jobs that name none: name one.", "image"));
    }

    /// <summary>Refuses a profile that there is not.</summary>
    public static Rejection? Refuse(this ProfileRegistry profiles, string? name) => name is null || profiles.Find(name) is not null ? null : profiles.Unknown(name);

    private static Rejection Unknown(this ProfileRegistry profiles, string name) => Rejection.Unprocessable(
        "job.profile-unknown", $"There is no profile '{name}'; there are {string.Join(", ", profiles.All.Select(p => p.Name))}.", "profile");
}
