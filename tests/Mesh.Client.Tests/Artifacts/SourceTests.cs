using System.Security.Cryptography;
using Mesh.Client.Artifacts;
using Mesh.Contracts.Artifacts;

namespace Mesh.Client.Tests.Artifacts;

public sealed class SourceTests(ClientMesh fixture)
{
    [Fact]
    public async Task What_is_elsewhere_is_downloaded_like_anything_and_imported()
    {
        using var mesh = fixture.NewProject(options: ClientMesh.Impatient);
        var artifacts = mesh.Project().Artifacts;
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var path = Path.Combine(fixture.Sources, $"{Guid.NewGuid():N}.csv");
        await File.WriteAllBytesAsync(path, bytes);
        var address = new Uri(path).AbsoluteUri;

        var seen = await artifacts.ReferAsync("rows/a b", address, new UploadSpec { Kind = ArtifactKind.Dataset, FileName = "rows.csv" });
        (seen.Size, seen.ContentType, seen.Source!.IsChecked).ShouldBe((bytes.Length, "text/csv", false));
        (await artifacts.DownloadBytesAsync("rows/a b")).ShouldBe(bytes);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        (await artifacts.ReferAsync("rows/a b", address, digest: digest, size: bytes.Length)).Digest.ShouldBe(digest);
        (await artifacts.DownloadBytesAsync("rows/a b")).ShouldBe(bytes);

        (await artifacts.ImportAsync("rows/a b", "1")).Digest.ShouldBe(digest);
        File.Delete(path);
        (await artifacts.DownloadBytesAsync("rows/a b", 1)).ShouldBe(bytes);
        (await Should.ThrowAsync<MeshException>(() => artifacts.DownloadBytesAsync("rows/a b", 2))).Code.ShouldBe("source.unreachable");
    }
}
