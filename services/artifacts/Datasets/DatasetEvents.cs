using System.Text.Json.Serialization;

namespace Mesh.Artifacts.Datasets;

/// <summary>What happens to what is known of data sets.</summary>
public abstract record DatasetEvent
{
    private DatasetEvent()
    {
    }

    /// <summary>A version was read: <paramref name="Rows"/> and <paramref name="Columns"/> say what is in it, or <paramref name="Fault"/> why it cannot be read.</summary>
    public sealed record Profiled(
        string Key, int Version,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Rows,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Columns,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Fault,
        DateTimeOffset At) : DatasetEvent;
}
