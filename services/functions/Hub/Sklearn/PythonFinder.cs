using System.ComponentModel;
using System.Diagnostics;
using Mesh.Hub.Running;

namespace Mesh.Hub.Sklearn;

/// <summary>A Python that has scikit-learn.</summary>
/// <param name="Program">Path of the interpreter.</param>
/// <param name="Version">Version of scikit-learn.</param>
internal sealed record Python(string Program, string Version);

/// <summary>Finds the first Python of a <c>PATH</c> that has scikit-learn.</summary>
internal static class PythonFinder
{
    private const string Advice = "pip install scikit-learn, or on Debian and Ubuntu apt-get install python3-sklearn; or make a function of this item with the requirement scikit-learn";

    /// <exception cref="HubFailure">There is none; the message says what to install.</exception>
    public static async Task<Python> FindAsync(string path, CancellationToken ct)
    {
        var tried = new List<string>();
        foreach (var folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal))
        {
            var program = Path.Combine(folder, OperatingSystem.IsWindows() ? "python.exe" : "python3");
            if (!File.Exists(program)) continue;
            tried.Add(program);
            if (await AskAsync(program, ct) is { } version) return new Python(program, version);
        }

        throw new HubFailure(tried.Count == 0
            ? $"There is no python3 on the PATH; train-sklearn needs Python 3 with scikit-learn: {Advice}."
            : $"scikit-learn is not there for {string.Join(", ", tried)}: {Advice}.");
    }

    private static async Task<string?> AskAsync(string program, CancellationToken ct)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, ["-c", "import joblib, numpy, sklearn; print(sklearn.__version__)"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(ct);
        var version = (await process.StandardOutput.ReadToEndAsync(ct)).Trim();
        await process.WaitForExitAsync(ct);
        await errors;
        return process.ExitCode == 0 && version.Length > 0 ? version : null;
    }
}
