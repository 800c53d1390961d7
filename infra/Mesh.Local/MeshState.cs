using System.Text.Json;

namespace Mesh.Local;

/// <summary>One process of a running mesh.</summary>
internal sealed record MeshProcess(string Name, int Pid, string Address, string Log);

/// <summary>
/// What runs, as <c>mesh status</c>, <c>mesh logs</c> and <c>mesh down</c> find it: the file <c>mesh.json</c> in the data folder. It is there only
/// while the mesh runs; one with a dead process id was left by a crash.
/// </summary>
internal sealed record MeshState(int Pid, string Address, string Shape, string PostgresPort, DateTimeOffset StartedAt, bool Ready, IReadOnlyList<MeshProcess> Processes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string PathIn(string data) => Path.Combine(data, "mesh.json");

    public void Write(string data)
    {
        var path = PathIn(data);
        var temporary = path + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(this, Json));
        File.Move(temporary, path, overwrite: true);
    }

    public static void Remove(string data) => File.Delete(PathIn(data));
}
