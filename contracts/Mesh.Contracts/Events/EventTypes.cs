using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Mesh.Contracts.Events;

/// <summary>All integration events by their names on the wire.</summary>
public static partial class EventTypes
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

    /// <summary>Whether a text is in form as a pattern for <see cref="Matches"/>.</summary>
    public static bool IsPattern(string? pattern) => pattern is not null && Pattern().IsMatch(pattern);

    /// <summary>
    /// Whether a type matches a pattern of topic words as RabbitMQ matches them: <c>*</c> stands for exactly one word, <c>#</c> for any number of
    /// words, none included, wherever they are: <c>run.*</c>, <c>#.created</c>, or the type itself.
    /// </summary>
    public static bool Matches(string pattern, string type)
    {
        if (pattern == "#" || pattern == type) return true;
        var words = pattern.Split('.');
        var typed = type.Length == 0 ? [] : type.Split('.');
        int at = 0, typedAt = 0, hash = -1, hashEnd = 0;
        while (typedAt < typed.Length)
        {
            if (at < words.Length && words[at] == "#")
            {
                (hash, hashEnd) = (at++, typedAt);
            }
            else if (at < words.Length && (words[at] == "*" || words[at] == typed[typedAt]))
            {
                at++;
                typedAt++;
            }
            else if (hash >= 0)
            {
                // The last '#' takes one word more, and what follows it is tried again.
                (at, typedAt) = (hash + 1, ++hashEnd);
            }
            else
            {
                return false;
            }
        }

        while (at < words.Length && words[at] == "#") at++;
        return at == words.Length;
    }

    [GeneratedRegex(@"^([a-z0-9-]+|\*|#)(\.([a-z0-9-]+|\*|#))*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
