using System.Net;
using System.Text;
using Mesh.Artifacts.Tests.Http;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Previews;

public sealed class PreviewRouteTests(ArtifactsHost host)
{
    private static readonly byte[] Png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1, 2, 3];

    private readonly TestProject _project = host.NewProject();

    [Fact]
    public async Task Text_is_cut_at_a_whole_character()
    {
        var preview = await Preview("text/plain", Encoding.UTF8.GetBytes("x" + new string('ü', 40_000)));
        (preview.Kind, preview.IsCut).ShouldBe((PreviewKind.Text, true));
        preview.Text.ShouldBe("x" + new string('ü', 32_767));
        preview = await Preview("text/markdown", "# hello \ud83d\ude00"u8.ToArray());
        (preview.Kind, preview.IsCut, preview.Text).ShouldBe((PreviewKind.Text, false, "# hello \ud83d\ude00"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData("image/png")]
    public async Task What_is_not_what_it_says_is_not_shown(string type)
    {
        var preview = await Preview(type, [0xff, 0xfe, 0, 1, 2]);
        preview.Kind.ShouldBe(PreviewKind.None);
        preview.Reason.ShouldNotBeNull();
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/1/preview/content"), HttpStatusCode.UnprocessableEntity, "preview.not-shown");
    }

    [Fact]
    public async Task Of_a_table_the_first_hundred_rows_are_told()
    {
        var text = "a;x,\"b, \"\"c\"\"\nd\"\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i},\"v\n{i}\"\r\n"));
        var preview = await Preview("text/csv", Encoding.UTF8.GetBytes(text));
        (preview.Kind, preview.IsCut, preview.Rows!.Count).ShouldBe((PreviewKind.Table, true, 100));
        preview.Columns.ShouldBe(["a;x", "b, \"c\"\nd"]);
        preview.Rows[99].ShouldBe(["99", "v\n99"]);

        preview = await Preview("text/csv", "a,b\n1\n\n2,3,4"u8.ToArray());
        preview.IsCut.ShouldBeFalse();
        preview.Rows!.Select(row => string.Join('|', row)).ShouldBe(["1|", "2|3"]);
    }

    [Fact]
    public async Task A_long_row_that_is_cut_is_not_told_as_a_row()
    {
        var text = "a,b\n1,2\n3," + new string('x', 2 << 20) + "\n";
        var preview = await Preview("text/csv", Encoding.UTF8.GetBytes(text));
        (preview.IsCut, preview.Rows!.Count).ShouldBe((true, 1));
    }

    [Fact]
    public async Task A_picture_is_told_by_its_bytes()
    {
        var preview = await Preview("text/html", Png);
        (preview.Kind, preview.ContentType).ShouldBe((PreviewKind.Image, "image/png"));
        var shown = await _project.Viewer.GetAsync(preview.Content);
        shown.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        shown.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        (await shown.Content.ReadAsByteArrayAsync()).ShouldBe(Png);

        preview = await Preview("image/png", [.. Png, .. new byte[10 << 20]]);
        (preview.Kind, preview.Content).ShouldBe((PreviewKind.None, null));
        await TestProject.Refused(await _project.Get("/artifacts/a/versions/latest/preview/content"), HttpStatusCode.UnprocessableEntity, "preview.too-large");
    }

    [Theory]
    [InlineData("text/html", "<script>alert(1)</script>")]
    [InlineData("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")]
    public async Task Documents_are_shown_where_no_script_runs(string type, string content)
    {
        var preview = await Preview(type, Encoding.UTF8.GetBytes(content));
        (preview.Kind, preview.Text).ShouldBe((PreviewKind.Sandboxed, null));
        var shown = await _project.Get("/artifacts/a/versions/1/preview/content");
        var policy = shown.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("sandbox; default-src 'none'");
        policy.ShouldNotContain("allow-");
        policy.ShouldNotContain("script");
        shown.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        (await _project.Get("/artifacts/a/content")).Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
    }

    [Theory]
    [InlineData("\"data\":{\"values\":[{\"url\":\"http://data.is.data\"}]}", PreviewKind.Chart)]
    [InlineData("\"data\":{\"url\":\"/api/v1/projects/PROJECT/artifacts/a/content\"}", PreviewKind.Chart)]
    [InlineData("\"data\":{\"url\":\"https://evil.example/x.csv\"}", PreviewKind.Text)]
    [InlineData("\"data\":{\"url\":\"//evil.example/x.csv\"}", PreviewKind.Text)]
    [InlineData("\"data\":{\"url\":\"/api/v1/projects/other/artifacts/a/content\"}", PreviewKind.Text)]
    [InlineData("\"data\":{\"url\":\"/api/v1/projects/PROJECT/../other/artifacts/a/content\"}", PreviewKind.Text)]
    [InlineData("\"layer\":[{\"encoding\":{\"url\":{\"field\":\"picture\"}}}]", PreviewKind.Text)]
    [InlineData("\"layer\":[{\"transform\":[{\"from\":{\"data\":{\"url\":\"https://evil.example\"}}}]}]", PreviewKind.Text)]
    [InlineData("\"usermeta\":{\"embedOptions\":{\"sourceHeader\":\"<script>\"}}", PreviewKind.Text)]
    public async Task Charts_fetch_nothing_from_outside_their_project(string rest, PreviewKind kind)
    {
        var spec = $$"""{"$schema":"https://vega.github.io/schema/vega-lite/v5.json","mark":"bar",{{rest.Replace("PROJECT", _project.Name, StringComparison.Ordinal)}}}""";
        var preview = await Preview("application/json", Encoding.UTF8.GetBytes(spec));
        preview.Kind.ShouldBe(kind, preview.Reason);
        (preview.Chart is null).ShouldBe(kind is PreviewKind.Text);
        (preview.Reason is null).ShouldBe(kind is PreviewKind.Chart);
    }

    [Fact]
    public async Task Other_json_is_text()
    {
        var preview = await Preview("application/json", """{"$schema":"https://evil.example/schema/vega-lite/v5.json"}"""u8.ToArray());
        (preview.Kind, preview.Reason).ShouldBe((PreviewKind.Text, null));
    }

    [Fact]
    public async Task A_directory_tells_its_files_and_one_of_them_is_looked_at()
    {
        var csv = await _project.PutBlob("a,b\n1,2\n"u8.ToArray());
        var body = new CreateArtifactVersion("d", null, ArtifactKind.Directory, Files: [.. Enumerable.Range(0, 101).Select(i => new NewDirectoryFile($"t/{i:D3}.csv", csv))]);
        await TestProject.Read<ArtifactVersion>(await _project.Post("/artifacts", body), HttpStatusCode.Created);
        var preview = await _project.Get<ArtifactPreview>("/artifacts/d/versions/1/preview");
        (preview.Kind, preview.IsCut, preview.Files!.Count).ShouldBe((PreviewKind.Files, true, 100));
        preview = await _project.Get<ArtifactPreview>("/artifacts/d/versions/1/preview?path=t%2F007.csv");
        (preview.Kind, preview.Rows!.Single()[1]).ShouldBe((PreviewKind.Table, "2"));
        await TestProject.Refused(await _project.Get("/artifacts/d/versions/1/preview?path=none"), HttpStatusCode.NotFound, "directory.file-unknown");
        await TestProject.Refused(await _project.Get("/artifacts/d/versions/1/preview/content"), HttpStatusCode.UnprocessableEntity, "preview.not-shown");
    }

    private async Task<ArtifactPreview> Preview(string type, byte[] content)
    {
        var made = await TestProject.Read<ArtifactVersion>(
            await _project.Post("/artifacts", new CreateArtifactVersion("a", await _project.PutBlob(content), ContentType: type)), HttpStatusCode.Created);
        return await _project.Get<ArtifactPreview>($"/artifacts/a/versions/{made.Version}/preview");
    }
}
