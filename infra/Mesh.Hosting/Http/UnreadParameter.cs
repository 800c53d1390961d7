using System.Globalization;
using System.Reflection;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Mesh.Hosting.Http;

/// <summary>
/// Finds the parameter that an endpoint could not read. Request delegates that were written at build time answer a bare 400 when a parameter that may be missing is there and is no
/// value of its type.
/// </summary>
internal static class UnreadParameter
{
    /// <summary>What is wrong with the first such parameter; null if none is found.</summary>
    public static Rejection? Find(HttpContext context) => context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
        .Where(parameter => parameter.HasTryParse).Select(parameter => Check(context, parameter)).FirstOrDefault(fault => fault is not null);

    private static Rejection? Check(HttpContext context, IParameterBindingMetadata parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterInfo.ParameterType) ?? parameter.ParameterInfo.ParameterType;
        var (name, text) = Read(context, parameter);
        return string.IsNullOrEmpty(text) || Parses(type, text) ? null : BindingFault.WrongValue(name, type.Name, text);
    }

    private static (string Name, string? Text) Read(HttpContext context, IParameterBindingMetadata parameter)
    {
        var sources = parameter.ParameterInfo.GetCustomAttributes();
        foreach (var source in sources)
        {
            if (source is IFromHeaderMetadata header) return Named(header.Name, name => context.Request.Headers[name]);
            if (source is IFromQueryMetadata query) return Named(query.Name, name => context.Request.Query[name]);
        }

        return context.Request.RouteValues.TryGetValue(parameter.Name, out var segment)
            ? (parameter.Name, segment as string) : (parameter.Name, context.Request.Query[parameter.Name]);

        (string, string?) Named(string? name, Func<string, string?> read) => (name ?? parameter.Name, read(name ?? parameter.Name));
    }

    // As the delegates do it: by the type's own TryParse, with the culture where it takes one.
    private static bool Parses(Type type, string text)
    {
        if (type.IsEnum) return Enum.TryParse(type, text, ignoreCase: true, out _);
        if (type.GetMethod("TryParse", [typeof(string), typeof(IFormatProvider), type.MakeByRefType()]) is { } cultured) return (bool)cultured.Invoke(null, [text, CultureInfo.InvariantCulture, null])!;
        return type.GetMethod("TryParse", [typeof(string), type.MakeByRefType()]) is not { } plain || (bool)plain.Invoke(null, [text, null])!;
    }
}
