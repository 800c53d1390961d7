using System.Text;
using System.Text.Json;
using Mesh.Functions.Execution;
using Mesh.Functions.Kubernetes;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>What of the logs of pods is in an output, wherever a service was killed.</summary>
public sealed class PodRecordTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("mesh-record-");

    public void Dispose() => _data.Delete(recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData("worker-0")]
    public void A_write_that_was_cut_off_at_any_byte_comes_to_its_end_and_nothing_twice(string? label)
    {
        const string text = "first\nzweite Zeile mit ä\n\nwithout an e";
        var whole = Run(label, int.MaxValue, text);
        whole.ShouldBe(label is null ? "before\nbegun first\nzweite Zeile mit ä\n\nwithout an end\n" : "[other-0] a line of another\n[worker-0] before\n[worker-0] begun first\n[worker-0] zweite Zeile mit ä\n[worker-0] \n[worker-0] without an end\n");
        var bytes = Encoding.UTF8.GetByteCount(text) + (label is null ? 0 : 3 * (label.Length + 3));
        for (var cut = 0; cut < bytes; cut++)
        {
            // A character that is cut is not written: the output is text.
            var after = Run(label, cut, text);
            if (label is null) after.ShouldBe(whole, $"cut after {cut} bytes");
            else LinesOf(after, label).ShouldBe(LinesOf(whole, label), $"cut after {cut} bytes:\n{after}");
        }
    }

    [Fact]
    public void The_output_of_another_worker_is_not_this_ones()
    {
        var folder = Folder();
        using (var output = new AttemptOutput(folder.Log, 1000)) PodRecord.Begin(Execution(folder, output), "a").Of("pod").Write("main", "text\n", new PodLogPosition("s", 1), "text");
        PodRecord.Find(folder, "b").ShouldBeNull();
        PodRecord.Find(folder, "a")!.Points["pod"].At.Lines.ShouldBe(1);
        (PodRecord.IsOf(folder, "a"), PodRecord.IsOf(folder, "b")).ShouldBe((true, false));
        File.WriteAllText(folder.Pod, """{"From":1,"To":2}""");
        // Of an older version: it is nobody else's.
        (PodRecord.Find(folder, "a"), PodRecord.IsOf(folder, "b")).ShouldBe((null, true));
    }

    [Fact]
    public async Task A_chunk_ends_where_it_is_known_what_goes_with_that_and_is_noted_with_it()
    {
        var noted = new List<ShippedOutput>();
        var marks = new OutputMarks((shipped, _) =>
        {
            noted.Add(shipped);
            return Task.FromResult(true);
        });
        marks.Begin(10, "begun");
        marks.Add(10, 30, "first");
        marks.Add(35, 60, "second");
        // What an earlier service has added is cut nowhere; what is between texts is a note of Mesh's own.
        (marks.Cut(0, 5), marks.Cut(10, 15), marks.Cut(10, 22), marks.Cut(10, 30), marks.Cut(10, 50)).ShouldBe((5, 15, 22, 25, 50));
        await marks.NoteAsync(100, 100, 0, 5, default);
        await marks.NoteAsync(100, 110, 10, 22, default);
        await marks.NoteAsync(100, 132, 32, 28, default);
        noted.Select(n => (n.From, n.To, Text(n.Before), Text(n.After))).ShouldBe([(100, 105, null, null), (110, 132, "begun", "first"), (132, 160, "first", "second")]);
        noted.ShouldAllBe(n => n.First == 100);

        static string? Text(JsonElement? state) => state?.GetString();
    }

    /// <summary>Prints a text, of which so many bytes are written when the service is killed; the next one reads the log again from where it is to.</summary>
    private string Run(string? label, int cut, string text)
    {
        var folder = Folder();
        long from;
        using (var output = new AttemptOutput(folder.Log, 100_000))
        {
            var record = PodRecord.Begin(Execution(folder, output), "a");
            if (label is not null) record.Of("other", "other-0").Write("main", "a line of another\n", new PodLogPosition("s", 1), null);
            var cursor = record.Of("pod", label);
            cursor.Write("main", "before\n", new PodLogPosition("s", 1), "before");
            cursor.Write("main", "begun ", new PodLogPosition("s", 1), "begun");
            from = output.Length;
            cursor.Write("main", text, new PodLogPosition("s", 4), "without an e");
        }

        using (var file = new FileStream(folder.Log, FileMode.Open)) if (from + cut < file.Length) file.SetLength(from + WholeOf(folder.Log, from, cut));
        using (var output = new AttemptOutput(folder.Log, 100_000))
        {
            var cursor = PodRecord.Resume(Execution(folder, output), "b")!.Of("pod", label);
            var log = $"before\nbegun {text}nd\n";
            // Whole lines that were taken are left out, as the API of logs leaves them out.
            var rest = string.Concat(log.Split('\n').Skip(cursor.Start!.At.Lines).Select(line => line + '\n'))[..^1];
            cursor.Write("main", rest, new PodLogPosition("s", 5), "without an end");
        }

        return File.ReadAllText(folder.Log);
    }

    private static int WholeOf(string log, long from, int cut)
    {
        var bytes = new byte[cut];
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = from;
        file.ReadExactly(bytes);
        return OutputShipper.WholeCharacters(bytes);
    }

    private static List<string> LinesOf(string log, string label) => [.. log.Split('\n').Where(line => line.StartsWith($"[{label}] ", StringComparison.Ordinal))];

    private AttemptFolder Folder()
    {
        var folder = new AttemptFolder(_data.FullName, "demo", $"{Guid.CreateVersion7()}", 1, null);
        Directory.CreateDirectory(folder.Job);
        return folder;
    }

    private static AttemptExecution Execution(AttemptFolder folder, AttemptOutput output) => new("demo", null!, 1, new Dictionary<string, string>(), folder, output) { Profile = null! };
}
