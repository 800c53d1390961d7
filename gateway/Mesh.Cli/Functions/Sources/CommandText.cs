using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions.Sources;

/// <summary>A command as it is typed after <c>--command</c>.</summary>
internal static class CommandText
{
    /// <exception cref="UsageException">It names no program, or a quote stays open.</exception>
    public static IReadOnlyList<string> Split(string text)
    {
        try
        {
            return CommandWords.Split(text) is { Count: > 0 } words ? words : throw new UsageException("--command names no program.");
        }
        catch (FormatException e)
        {
            throw new UsageException($"--command: {e.Message}");
        }
    }
}
