using System.Text.Json.Serialization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Definitions;

/// <summary>What happens to a function. The content itself (code files, environment) lies beside the stream, addressed by its hash.</summary>
public abstract record FunctionEvent
{
    private FunctionEvent()
    {
    }

    /// <summary>New content became a new version, and the current one. Stored as <c>function.defined</c>.</summary>
    public sealed record Defined(string Function, int Version, string Hash, FunctionKind Kind, string By, DateTimeOffset At) : FunctionEvent
    {
        /// <summary>Which item of a hub it was made of.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public HubOrigin? Origin { get; init; }
    }

    /// <summary>The content of an earlier version was put again: that version is the current one. Stored as <c>function.restored</c>.</summary>
    public sealed record Restored(string Function, int Version, string Hash, string By, DateTimeOffset At) : FunctionEvent;

    /// <summary>A tag points to a version. Stored as <c>function.tag-moved</c>.</summary>
    /// <param name="Previous">Where it pointed before; null for nowhere.</param>
    public sealed record TagMoved(string Function, string Tag, int Version, int? Previous, string By, DateTimeOffset At) : FunctionEvent;

    /// <summary>A tag is gone. Stored as <c>function.tag-removed</c>.</summary>
    public sealed record TagRemoved(string Function, string Tag, int Version, string By, DateTimeOffset At) : FunctionEvent;
}
