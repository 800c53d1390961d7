using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace Mesh.Architecture.Tests.Contracts;

/// <summary>Makes a value of a contract type with every field filled, always the same.</summary>
internal static class Sample
{
    public static object Of(Type type) => Of(type, "value", 0);

    private static object Of(Type type, string name, int depth)
    {
        if (depth > 8) throw new InvalidOperationException($"{type} holds itself without end.");
        if (Nullable.GetUnderlyingType(type) is { } inner) return Of(inner, name, depth);
        if (type == typeof(string)) return name;
        if (type == typeof(Guid)) return new Guid("0193a1c0-0000-7000-8000-000000000001");
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(90);
        if (type == typeof(bool)) return true;
        if (type == typeof(JsonElement)) return JsonDocument.Parse("{\"any\":1}").RootElement;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (type.IsPrimitive) return Convert.ChangeType(2, type, System.Globalization.CultureInfo.InvariantCulture);
        if (Entries(type) is [var key, var value]) return Dictionary(key, value, name, depth);
        if (Element(type) is { } element) return List(element, name, depth);
        return Record(type, depth);
    }

    private static object Record(Type type, int depth)
    {
        var constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new InvalidOperationException($"{type} has no public constructor.");
        var made = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Of(parameter.ParameterType, parameter.Name!, depth + 1))]);
        var given = constructor.GetParameters().Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && !given.Contains(property.Name)))
            property.SetValue(made, Of(property.PropertyType, char.ToLowerInvariant(property.Name[0]) + property.Name[1..], depth + 1));
        return made;
    }

    private static Type[]? Entries(Type type) => Interfaces(type)
        .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))?.GetGenericArguments();

    private static Type? Element(Type type) => Interfaces(type)
        .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];

    private static IEnumerable<Type> Interfaces(Type type) => type.IsInterface ? type.GetInterfaces().Prepend(type) : type.GetInterfaces();

    private static IDictionary Dictionary(Type key, Type value, string name, int depth)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(key, value))!;
        dictionary.Add(Of(key, "key", depth + 1), Of(value, name, depth + 1));
        return dictionary;
    }

    private static Array List(Type element, string name, int depth)
    {
        var list = Array.CreateInstance(element, 1);
        list.SetValue(Of(element, name, depth + 1), 0);
        return list;
    }
}
