using Mesh.Hub.Tables;

namespace Mesh.Hub.Tests;

/// <summary>The real data that ships with the project.</summary>
internal static class RealData
{
    public static Table BreastCancer { get; } = Read("breast_cancer.csv");

    public static Table Wine { get; } = Read("wine.csv");

    public static Table Weather { get; } = Read("seattle-weather.csv");

    private static Table Read(string file)
    {
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", file));
        return CsvTable.Read(stream, file);
    }
}
