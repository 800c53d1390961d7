using System.Globalization;

namespace Mesh.Cli.Terminal;

/// <summary>Numbers with units and sensible digits.</summary>
internal static class Figures
{
    /// <summary>Four significant digits.</summary>
    public static string Number(double value) => value switch
    {
        0 => "0",
        _ when double.IsInteger(value) && Math.Abs(value) < 1e15 => value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => value.ToString(Math.Abs(value) is >= 0.001 and < 10_000 ? "0.####" : "G4", CultureInfo.InvariantCulture),
    };

    /// <summary>Bytes in binary units.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {units[unit]}");
    }

    /// <summary>A duration in its largest two units.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalMinutes: < 60 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalHours: < 24 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{span.Days} d {span.Hours} h",
    };

    /// <summary>A share as percent.</summary>
    public static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
