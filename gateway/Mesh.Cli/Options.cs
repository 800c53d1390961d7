using System.CommandLine;

namespace Mesh.Cli;

/// <summary>Options and arguments that several commands share in form.</summary>
internal static class Options
{
    public static Argument<string> Name(string name, string description) => new(name) { Description = description };

    public static Argument<Guid> Id(string name, string description) => new(name) { Description = description };

    public static Option<int> Limit(int count = 50) => new("--limit", "-n") { Description = "Most rows to show.", DefaultValueFactory = _ => count };

    /// <summary><c>--name KEY=VALUE</c>, several times.</summary>
    public static Option<string[]> Pairs(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = "key=value", Arity = ArgumentArity.ZeroOrMore };

    /// <exception cref="UsageException">A pair has no '='.</exception>
    public static Dictionary<string, string>? ToPairs(string[]? pairs, string option)
    {
        if (pairs is not { Length: > 0 }) return null;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new UsageException($"{option} takes KEY=VALUE, not '{pair}'.");
            map[pair[..at]] = pair[(at + 1)..];
        }

        return map;
    }
}
