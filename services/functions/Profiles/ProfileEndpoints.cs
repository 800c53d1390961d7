using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Functions.Profiles;

/// <summary>The HTTP surface of profiles: the same for every project. They are the operator's, in settings.</summary>
internal static class ProfileEndpoints
{
    private sealed record AfterName(string Name);

    public static void MapProfiles(this IEndpointRouteBuilder app) => app.MapGroup("/api/v1/profiles").WithTags("Profiles")
        .MapGet("", List).WithName("ListProfiles").WithSummary("The places where jobs run");

    private static Ok<Page<ProfileInfo>> List(PageRequest page, ProfileRegistry profiles)
    {
        var after = page.After<AfterName>()?.Name;
        var rest = profiles.All.Where(profile => after is null || string.CompareOrdinal(profile.Name, after) > 0).Take(page.Limit + 1).Select(profile => new ProfileInfo(
            profile.Name, profile.Executor, profile == profiles.Default, profile.Concurrency, profile.Options.Description, profile.Options.Image,
            profile.IsLocal ? null : profile.Options.GpuResource));
        return TypedResults.Ok(page.ToPage<ProfileInfo, AfterName>([.. rest], profile => new AfterName(profile.Name)));
    }
}
