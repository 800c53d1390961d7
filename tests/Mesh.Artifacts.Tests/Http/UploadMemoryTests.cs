using System.Net;
using System.Security.Cryptography;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>What looks at the memory of the whole process has it for itself.</summary>
[CollectionDefinition(nameof(UploadMemoryTests), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(UploadMemoryTests))]
public sealed class UploadMemoryTests(ArtifactsHost host)
{
    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task A_large_upload_takes_no_memory()
    {
        const long size = 200L << 20;
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(new Zeros(size)));
        await _project.PutBlob(new byte[1 << 20]);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
                await Task.Delay(5);
            }
        });

        using var content = new StreamContent(new Zeros(size), 81_920);
        (await _project.Send(HttpMethod.Put, $"/blobs/{digest}", content)).StatusCode.ShouldBe(HttpStatusCode.Created);
        await stop.CancelAsync();
        await watching;

        most.ShouldBeLessThan(48L << 20);
        new FileInfo(host.FileOf(digest)).Length.ShouldBe(size);
        host.Staged().ShouldBeLessThan(10);
    }
}
