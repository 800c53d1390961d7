using System.Globalization;
using System.Reflection;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>The version of an object on the wire: <c>ETag: "7"</c> out, <c>If-Match: "7"</c> in.</summary>
public readonly record struct EntityVersion(long? Expected)
{
    /// <summary>Writes the <c>ETag</c> of an answer.</summary>
    public static void Write(HttpContext context, long version) => context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Binds the endpoint parameter from <c>If-Match</c>; no expectation without it or with <c>*</c>.</summary>
    /// <exception cref="RejectedException">The header is out of form.</exception>
    public static ValueTask<EntityVersion> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var header = context.Request.Headers.IfMatch;
        if (header.Count == 0 || header is ["*"]) return ValueTask.FromResult(default(EntityVersion));
        if (header is [{ Length: > 2 } tag] && tag[0] == '"' && tag[^1] == '"' && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return ValueTask.FromResult(new EntityVersion(version));
        throw new RejectedException(Rejection.Malformed("if-match.invalid", "If-Match must be one version in quotes, as ETag gave it: \"7\".", "If-Match"));
    }
}
