using Mesh.Artifacts.Artifacts;
using Mesh.Artifacts.Blobs;
using Mesh.Contracts.Artifacts;

namespace Mesh.Artifacts.Tests.Artifacts;

public sealed class ArtifactTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly LogVersion Log = new("data/train.csv", ArtifactKind.Dataset, new string('a', 64), 12, "text/csv", "train.csv", null, null, null, "ada");

    [Fact]
    public void The_first_version_makes_the_artifact()
    {
        var e = Decide(Log, null);
        e.Version.ShouldBe(1);
        e.At.ShouldBe(Now);
        Artifact.Create(e).ShouldBe(new Artifact("artifact:data/train.csv", "data/train.csv", 1, e));
    }

    [Fact]
    public void The_same_content_again_is_a_version_again()
    {
        var state = Artifact.Create(Decide(Log, null));
        var e = Decide(Log, state);
        e.Version.ShouldBe(2);
        var next = state.Apply(e);
        (next.Versions, next.Latest).ShouldBe((2, e));
    }

    [Fact]
    public void Without_a_kind_it_is_what_it_was()
    {
        Decide(Log with { Kind = null }, null).Kind.ShouldBe(ArtifactKind.File);
        Decide(Log with { Kind = null }, Artifact.Create(Decide(Log, null))).Kind.ShouldBe(ArtifactKind.Dataset);
    }

    [Fact]
    public void A_kind_that_is_none_is_refused() =>
        (Log with { Kind = (ArtifactKind)99 }).Decide(null, Now).Rejected.ShouldNotBeNull().Code.ShouldBe("artifact.kind-unknown");

    [Fact]
    public void Without_a_content_type_it_is_bytes() => Decide(Log with { ContentType = null }, null).ContentType.ShouldBe("application/octet-stream");

    [Theory]
    [InlineData("text/csv", "a.csv", "inline; filename=a.csv; filename*=UTF-8''a.csv")]
    [InlineData("text/plain; charset=utf-8", null, "inline")]
    [InlineData("text/html", "a.html", "attachment; filename=a.html; filename*=UTF-8''a.html")]
    [InlineData("TEXT/HTML; charset=utf-8", null, "attachment")]
    [InlineData("image/svg+xml", null, "attachment")]
    [InlineData("application/octet-stream", "größe \".bin", "attachment; filename=\"gr__e \\\".bin\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22.bin")]
    [InlineData("nonsense", null, "attachment")]
    public void Browsers_show_only_what_cannot_run(string contentType, string? fileName, string expected) =>
        DownloadName.Disposition(contentType, fileName).ShouldBe(expected);

    [Theory]
    [InlineData("text/csv", "ok.csv", null)]
    [InlineData(null, null, null)]
    [InlineData("text", null, "artifact.content-type-invalid")]
    [InlineData("text/csv\r\nX: y", null, "artifact.content-type-invalid")]
    [InlineData(null, "../a", "artifact.file-name-invalid")]
    [InlineData(null, "a\\b", "artifact.file-name-invalid")]
    [InlineData(null, "a\nb", "artifact.file-name-invalid")]
    [InlineData(null, "", "artifact.file-name-invalid")]
    public void Names_and_types_that_no_header_could_carry_are_refused(string? contentType, string? fileName, string? code) =>
        (DownloadName.Check(contentType, fileName)?.Code).ShouldBe(code);

    [Theory]
    [InlineData("dataset", null, null)]
    [InlineData("DataSet", null, null)]
    [InlineData("1", null, "artifact.kind-unknown")]
    [InlineData("", null, "artifact.kind-unknown")]
    [InlineData("cake", null, "artifact.kind-unknown")]
    [InlineData("plot,document", null, "artifact.kind-unknown")]
    [InlineData(null, "team=a=b", null)]
    [InlineData(null, "team", "label.invalid")]
    [InlineData(null, "=x", "label.invalid")]
    [InlineData(null, "a*b=x", "label.invalid")]
    public void Filters_are_checked(string? kind, string? label, string? code) =>
        (ArtifactFilter.Read(kind, null, label is null ? null : [label], null).Rejected?.Code).ShouldBe(code);

    [Fact]
    public void Filters_are_read()
    {
        var run = Guid.CreateVersion7();
        var filter = ArtifactFilter.Read("plot", run, ["team=a=b", "x="], "data/");
        filter.Rejected.ShouldBeNull();
        (filter.Kind, filter.RunId, filter.Prefix).ShouldBe((ArtifactKind.Plot, run, "data/"));
        filter.Labels.ShouldBe(new Dictionary<string, string> { ["team"] = "a=b", ["x"] = "" });
    }

    private static ArtifactEvent.VersionLogged Decide(LogVersion command, Artifact? state) =>
        command.Decide(state, Now).Events.ShouldHaveSingleItem().ShouldBeOfType<ArtifactEvent.VersionLogged>();
}
