using System.Collections.Frozen;
using System.Reflection;

namespace Mesh.Contracts.Events;

/// <summary>All integration events by their names on the wire.</summary>
public static class EventTypes
{
    /// <summary>Name to record type.</summary>
    public static FrozenDictionary<string, Type> ByName { get; } = typeof(EventTypes).Assembly.GetTypes()
        .Where(t => t.GetCustomAttribute<EventTypeAttribute>() is not null)
        .ToFrozenDictionary(t => t.GetCustomAttribute<EventTypeAttribute>()!.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NameByType = ByName.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The name on the wire of a contract record.</summary>
    public static string NameOf(Type type) =>
        NameByType.TryGetValue(type, out var name) ? name : throw new ArgumentException($"{type} has no [EventType].", nameof(type));

    /// <summary>The name on the wire of a contract record.</summary>
    public static string NameOf<T>() where T : IIntegrationEvent => NameOf(typeof(T));

    /// <summary>Whether a type matches a pattern of topic words: <c>run.*</c> (one word), <c>#</c> (any), or the type itself.</summary>
    public static bool Matches(string pattern, string type)
    {
        if (pattern is "#" or "*" || pattern == type) return true;
        var p = pattern.Split('.');
        var t = type.Split('.');
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] == "#") return true;
            if (i >= t.Length || (p[i] != "*" && p[i] != t[i])) return false;
        }

        return p.Length == t.Length;
    }
}
