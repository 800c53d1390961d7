using System.Reflection;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Hosting.Http;

/// <summary>Refuses names in a query that an endpoint does not read: a filter that is misspelt would otherwise answer with everything.</summary>
public static class KnownQuery
{
    /// <summary>Refuses unknown names (400 <c>filter.invalid</c>) at every endpoint of a group. What an endpoint reads is what its parameters say.</summary>
    public static RouteGroupBuilder RefuseUnknownQuery(this RouteGroupBuilder group) => group.AddEndpointFilterFactory((factory, next) =>
    {
        var known = factory.MethodInfo.GetParameters().SelectMany(NamesOf).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        return context =>
        {
            var request = context.HttpContext.Request;
            if (request.Query.Count == 0) return next(context);
            var here = known.Where(name => !request.RouteValues.ContainsKey(name)).ToArray();
            var unknown = request.Query.Keys.FirstOrDefault(name => !here.Contains(name, StringComparer.OrdinalIgnoreCase));
            return unknown is null ? next(context) : ValueTask.FromResult<object?>(Refusal(unknown, here).ToProblem());
        };
    });

    private static Rejection Refusal(string unknown, string[] known) => Rejection.Malformed(
        "filter.invalid", known.Length == 0 ? $"Nothing is read from the query here; '{unknown}' would have no effect." : $"There is no '{unknown}' here. There are: {string.Join(", ", known)}.", unknown);

    private static IEnumerable<string> NamesOf(ParameterInfo parameter) => parameter.GetCustomAttribute<AsParametersAttribute>() is null
        ? NamesOf(parameter, parameter.Name!, parameter.ParameterType)
        : parameter.ParameterType.GetConstructors().FirstOrDefault(constructor => constructor.GetParameters().Length > 0) is { } constructor
            ? constructor.GetParameters().SelectMany(NamesOf)
            : parameter.ParameterType.GetProperties().Where(property => property.CanWrite).SelectMany(property => NamesOf(property, property.Name, property.PropertyType));

    private static IEnumerable<string> NamesOf(ICustomAttributeProvider source, string name, Type type)
    {
        if (type == typeof(PageRequest)) return ["limit", "cursor"];
        var attributes = source.GetCustomAttributes(inherit: true);
        if (attributes.OfType<IFromQueryMetadata>().FirstOrDefault() is { } query) return [query.Name ?? name];
        // Those of the path are among them; which they are is known with the request.
        return IsText(type) && !attributes.Any(attribute => attribute is IFromHeaderMetadata or IFromRouteMetadata) ? [name] : [];
    }

    private static bool IsText(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return value.IsPrimitive || value == typeof(string) || value == typeof(Guid) || value == typeof(string[]);
    }
}
