using Mesh.Contracts;

namespace Mesh.Cli;

/// <summary>Prints what happened to an object, event by event.</summary>
internal static class History
{
    public static Task PrintAsync(Context context, IAsyncEnumerable<HistoryEntry> entries) => context.Output.TableAsync(
        entries, "Nothing has happened to it.", ["#version", "when", "what", "who", "data"],
        e => [e.Version, e.At, e.Type, e.Actor, Shortened(e.Data.GetRawText())], ct: context.Ct);

    private static string Shortened(string json) => json.Length <= 100 ? json : json[..99] + "…";
}
