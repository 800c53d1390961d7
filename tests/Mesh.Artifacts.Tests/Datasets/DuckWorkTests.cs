using Mesh.Artifacts.Datasets;

namespace Mesh.Artifacts.Tests.Datasets;

public sealed class DuckWorkTests : IDisposable
{
    private readonly DatasetsOptions _options = new() { ScratchPath = Directory.CreateTempSubdirectory("mesh-scratch-").FullName, ScratchMegabytes = 1 };

    public void Dispose() => Directory.Delete(_options.ScratchPath, recursive: true);

    [Fact]
    public async Task Work_that_takes_too_long_is_given_up()
    {
        var path = await FileAsync("a\n1\n");
        var fault = await Should.ThrowAsync<DatasetFaultException>(() => DuckWork.RunAsync(path, TimeSpan.FromMilliseconds(300), token => Endless(path, token), CancellationToken.None));
        fault.Fault.Code.ShouldBe("dataset.too-slow");
    }

    [Fact]
    public async Task Work_that_nobody_waits_for_ends()
    {
        var path = await FileAsync("a\n1\n");
        using var stop = new CancellationTokenSource();
        var work = DuckWork.RunAsync(path, TimeSpan.FromMinutes(5), token => Endless(path, token, stop), stop.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => work).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Nothing_but_the_file_can_be_read_and_nothing_written()
    {
        var (path, other) = (await FileAsync("a\n1\n"), await FileAsync("b\n2\n"));
        using var session = DuckSession.Open(path, _options, CancellationToken.None);
        session.Define($"select * from read_csv({Sql.Text(path)})");
        session.Query("select * from data", row => row.GetInt64(0)).ShouldBe([1]);
        foreach (var sql in (string[])[
            $"select * from read_csv({Sql.Text(other)})", "select * from read_text('/etc/passwd')", "select * from read_csv('https://example.org/x.csv')", "install httpfs", "load httpfs",
            $"copy data to {Sql.Text(Path.Combine(_options.ScratchPath, "out.csv"))}", $"attach {Sql.Text(Path.Combine(_options.ScratchPath, "x.db"))}", "set memory_limit = '10GB'", "set enable_external_access = true"])
        {
            Should.Throw<DuckDB.NET.Data.DuckDBException>(() => session.Execute(sql), sql);
        }
    }

    [Fact]
    public async Task A_blob_that_is_no_file_is_copied_and_the_copy_goes()
    {
        string path;
        await using (var file = await LocalFile.OpenAsync(new MemoryStream("a\n1\n"u8.ToArray()), _options, CancellationToken.None))
        {
            path = file.Path;
            (await File.ReadAllTextAsync(path)).ShouldBe("a\n1\n");
        }

        File.Exists(path).ShouldBeFalse();
        var fault = await Should.ThrowAsync<DatasetFaultException>(() => LocalFile.OpenAsync(new MemoryStream(new byte[(1 << 20) + 1]), _options, CancellationToken.None));
        fault.Fault.Code.ShouldBe("dataset.too-large");
        Directory.GetFiles(_options.ScratchPath, "*.copy").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, "dataset.too-large")]
    [InlineData(1024, null)]
    public async Task What_memory_does_not_hold_goes_to_files_as_far_as_they_may_grow(int megabytes, string? code)
    {
        var path = await FileAsync("a\n1\n");
        var options = new DatasetsOptions { ScratchPath = Path.Combine(_options.ScratchPath, "not", "there", "yet"), ScratchMegabytes = megabytes, MemoryMegabytes = 64 };
        Task<long> SortAsync() => DuckWork.RunAsync(path, TimeSpan.FromMinutes(2), token =>
        {
            using var session = DuckSession.Open(path, options, token);
            return session.Query("select count(*) from (select row_number() over (order by t) as n, t from (select md5(range::varchar) || md5((range + 1)::varchar) as t from range(1000000)))", row => row.GetInt64(0)).Single();
        }, CancellationToken.None);
        if (code is null) (await SortAsync()).ShouldBe(1_000_000);
        else (await Should.ThrowAsync<DatasetFaultException>(SortAsync)).Fault.Code.ShouldBe(code);
        Directory.EnumerateFileSystemEntries(options.ScratchPath).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_dead_process_left_is_removed_and_nothing_else()
    {
        var (old, fresh) = (await FileAsync("old"), await FileAsync("fresh"));
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-30));
        LocalFile.Sweep(_options, TimeProvider.System.GetUtcNow());
        (File.Exists(old), File.Exists(fresh)).ShouldBe((false, true));
    }

    private bool Endless(string path, CancellationToken ct, CancellationTokenSource? stop = null)
    {
        using var session = DuckSession.Open(path, _options, ct);
        stop?.CancelAfter(TimeSpan.FromMilliseconds(300));
        session.Query("select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = -1", row => row.GetInt64(0));
        return true;
    }

    private async Task<string> FileAsync(string text)
    {
        var path = Path.Combine(_options.ScratchPath, $"{Guid.CreateVersion7():N}.csv");
        await File.WriteAllTextAsync(path, text);
        return path;
    }
}
