using System.ComponentModel.DataAnnotations;

namespace Mesh.Artifacts.Datasets;

/// <summary>Settings of reading data sets: section <c>Artifacts:Datasets</c>. Checked at start.</summary>
internal sealed class DatasetsOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Artifacts:Datasets";

    /// <summary>Megabytes of memory that each reading may use.</summary>
    [Range(64, 1 << 20)] public int MemoryMegabytes { get; init; } = 256;

    /// <summary>Threads of each reading.</summary>
    [Range(1, 256)] public int Threads { get; init; } = 2;

    /// <summary>Megabytes that each reading may put into files for want of memory.</summary>
    [Range(0, 1 << 30)] public int ScratchMegabytes { get; init; } = 8192;

    /// <summary>The folder for those files, and for copies of blobs that are in no folder; in the data folder unless set.</summary>
    public string ScratchPath { get; set; } = "";

    /// <summary>How many readings there are at once: pages, samples, differences, streams.</summary>
    [Range(1, 256)] public int Readings { get; init; } = 3;

    /// <summary>Seconds that a page, a sample or a difference may take.</summary>
    [Range(1, 3600)] public int ReadSeconds { get; init; } = 60;

    /// <summary>Seconds that a profile may take.</summary>
    [Range(1, 86_400)] public int ProfileSeconds { get; init; } = 600;

    /// <summary>Seconds that a stream may take.</summary>
    [Range(1, 86_400)] public int StreamSeconds { get; init; } = 3600;

    /// <summary>Seconds for which a request waits for a profile that is being made.</summary>
    [Range(0, 300)] public int PatienceSeconds { get; init; } = 20;
}
