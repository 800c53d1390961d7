using Mesh.Contracts;

namespace Mesh.Architecture.Tests.Contracts;

/// <summary>Addresses of things across services.</summary>
public sealed class MeshUriTests
{
    [Theory]
    [InlineData("mesh://credit/dataset/raw/applications.csv@3", "credit", "dataset", "raw/applications.csv", "3", null)]
    [InlineData("mesh://credit/model/scorer#champion", "credit", "model", "scorer", null, "champion")]
    [InlineData("mesh://credit/file/two%20words", "credit", "file", "two words", null, null)]
    [InlineData("mesh://credit/window/scorer@2026-11-26T10:00:00Z", "credit", "window", "scorer", "2026-11-26T10:00:00Z", null)]
    [InlineData("mesh://credit/file/%C3%A4", "credit", "file", "ä", null, null)]
    public void Reads_what_it_writes(string text, string project, string kind, string key, string? version, string? tag)
    {
        MeshUri.TryParse(text, out var uri, out _).ShouldBeTrue();
        uri.ShouldBe(new MeshUri(project, kind, key, version, tag));
        uri.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null, "mesh://")]
    [InlineData("s3://bucket/key", "mesh://")]
    [InlineData("mesh://credit/model", "project/kind/key")]
    [InlineData("mesh://Credit/model/a", "project")]
    [InlineData("mesh://credit/MODEL/a", "kind")]
    [InlineData("mesh://credit/model/../secret", "key")]
    [InlineData("mesh://credit/model/%2e%2e/secret", "key")]
    [InlineData("mesh://credit/model/a%0Ab", "key")]
    [InlineData("mesh://credit/model/", "key")]
    [InlineData("mesh://credit/model/a@", "'@'")]
    [InlineData("mesh://credit/model/a#", "'@'")]
    public void Says_what_is_wrong(string? text, string told)
    {
        MeshUri.TryParse(text, out _, out var fault).ShouldBeFalse();
        fault.ShouldContain(told);
    }

    [Fact]
    public void Refuses_what_is_endless() => MeshUri.TryParse("mesh://credit/model/" + new string('a', 5000), out _, out _).ShouldBeFalse();

    [Fact]
    public void Knows_numbered_versions()
    {
        MeshUri.Of("credit", "dataset", "raw", 12).VersionNumber().ShouldBe(12);
        new MeshUri("credit", "dataset", "raw", "-1").VersionNumber().ShouldBeNull();
        new MeshUri("credit", "dataset", "raw").VersionNumber().ShouldBeNull();
    }
}
