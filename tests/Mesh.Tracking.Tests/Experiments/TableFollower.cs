using System.Net;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Tests.Experiments;

/// <summary>Follows the table of an experiment and keeps it as a reader would.</summary>
internal sealed class TableFollower(HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    /// <summary>The rows as they were told.</summary>
    public Dictionary<Guid, RunInfo> Table { get; } = [];

    public List<RunRows> Events { get; } = [];

    public List<string> Ids { get; } = [];

    public string Id => Ids[^1];

    /// <summary>Connects; the stream stands, and so does what came first.</summary>
    /// <param name="rows">Whether rows are expected at once: there is a position alone otherwise.</param>
    public static async Task<TableFollower> StartAsync(ProjectUser ada, long experiment, string query = "", string? lastEventId = null, bool rows = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ada.Base}/experiments/{experiment}/stream{query}");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await ada.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var follower = new TableFollower(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        if (rows) await follower.NextAsync();
        else (await follower.BlockAsync())!.Keys.ShouldBe(["id"]);
        return follower;
    }

    /// <summary>The rows of the next event, or null at the end event.</summary>
    public async Task<RunRows?> NextAsync()
    {
        var block = await BlockAsync();
        block.ShouldNotBeNull("The stream broke off.");
        if (block["event"] == "end") return null;
        block["event"].ShouldBe("runs");
        var rows = JsonSerializer.Deserialize<RunRows>(block["data"], MeshJson.Strict)!;
        rows.Changed.Select(run => run.Id).Concat(rows.Gone.Select(run => run.Id)).ShouldBeUnique();
        foreach (var run in rows.Changed) Table[run.Id] = run;
        foreach (var run in rows.Gone) Table.Remove(run.Id);
        Events.Add(rows);
        return rows;
    }

    /// <summary>Reads on until the table is like that.</summary>
    public async Task UntilAsync(Func<Dictionary<Guid, RunInfo>, bool> isSo)
    {
        while (!isSo(Table)) (await NextAsync()).ShouldNotBeNull("The stream ended before.");
    }

    public Task UntilAsync(Guid run, Func<RunInfo, bool> isSo) => UntilAsync(table => table.TryGetValue(run, out var row) && isSo(row));

    /// <summary>Nothing more comes: the connection is closed, in order or not.</summary>
    public async Task EndsAsync() => (await BlockAsync()).ShouldBeNull();

    public ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    // The fields of what stands before the next empty line; null at the end.
    private async Task<Dictionary<string, string>?> BlockAsync()
    {
        var block = new Dictionary<string, string>();
        try
        {
            while (await lines.ReadLineAsync().WaitAsync(Soon) is { } line)
            {
                if (line.Length == 0 && block.Count > 0)
                {
                    if (block.TryGetValue("id", out var id)) Ids.Add(id);
                    return block;
                }

                if (line.Length == 0 || line[0] == ':') continue;
                block.Add(line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // Cut.
        }

        return null;
    }
}
