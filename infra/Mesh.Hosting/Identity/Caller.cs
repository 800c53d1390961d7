using System.Reflection;
using Mesh.Contracts;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Identity;

/// <summary>What kind of party calls.</summary>
public enum CallerKind
{
    /// <summary>A person or their program, by access token.</summary>
    User,

    /// <summary>A job, by the token it was started with.</summary>
    Job,

    /// <summary>Another service of the platform.</summary>
    Service,
}

/// <summary>Who calls, as the gateway or another service has signed it. A parameter of any endpoint.</summary>
/// <param name="Name">Name of the user, <c>job:{id}</c>, or <c>service:{name}</c>.</param>
/// <param name="Kind">What kind of party it is.</param>
/// <param name="Role">The role in <paramref name="Project"/>; without a project, the most that the caller's token may do in any.</param>
/// <param name="Project">The project that the role is for.</param>
/// <param name="PlatformAdmin">Owner of every project and of the platform.</param>
/// <param name="TokenId">The access token that a user came with.</param>
public sealed record Caller(string Name, CallerKind Kind, Role Role, string? Project, bool PlatformAdmin = false, Guid? TokenId = null)
{
    /// <summary>Another service: trusted in every project.</summary>
    public static Caller Service(string name) => new($"service:{name}", CallerKind.Service, Role.Owner, null);

    /// <summary>Whether this is the service of that name.</summary>
    public bool IsService(string name) => Kind == CallerKind.Service && Name == $"service:{name}";

    /// <summary>Whether the caller has at least this role in the project.</summary>
    public bool Has(Role role, string project) =>
        PlatformAdmin || Kind == CallerKind.Service || (Project == project && Role >= role);

    /// <summary>Binds the endpoint parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter) => ValueTask.FromResult(context.GetCaller());
}

/// <summary>Where a request keeps its caller.</summary>
public static class CallerFeature
{
    /// <summary>The verified caller, or null before verification.</summary>
    public static Caller? GetCaller(this HttpContext context) => context.Features.Get<Caller>();

    /// <summary>Sets the verified caller. Only the gateway in the same process and the identity check may.</summary>
    public static void SetCaller(this HttpContext context, Caller caller) => context.Features.Set(caller);
}
