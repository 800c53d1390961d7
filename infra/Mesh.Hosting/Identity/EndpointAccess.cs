using Mesh.Contracts;
using Microsoft.AspNetCore.Builder;

namespace Mesh.Hosting.Identity;

/// <summary>The least role that an endpoint asks for.</summary>
public sealed record RequiredRole(Role Role);

/// <summary>Marks an endpoint for platform administrators.</summary>
public sealed record PlatformAdminOnly;

/// <summary>Marks an endpoint that answers without an identity.</summary>
public sealed record AnonymousCaller;

/// <summary>Marks an endpoint for other services.</summary>
internal sealed record ServicesOnly;

/// <summary>Says who may call an endpoint. Without a word: viewers read, editors do the rest.</summary>
public static class EndpointAccess
{
    /// <summary>Asks for a role in the project of the path.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, Role role) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequiredRole(role));

    /// <summary>Asks for a platform administrator.</summary>
    public static TBuilder RequirePlatformAdmin<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new PlatformAdminOnly());

    /// <summary>Answers without an identity.</summary>
    public static TBuilder AllowAnonymousCaller<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AnonymousCaller());
}
