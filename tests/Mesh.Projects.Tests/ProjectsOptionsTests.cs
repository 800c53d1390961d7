using Mesh.Hosting;
using Microsoft.Extensions.Configuration;

namespace Mesh.Projects.Tests;

public sealed class ProjectsOptionsTests
{
    [Theory]
    [InlineData("PurgeAfterSeconds", "-1"), InlineData("PurgeAfterSeconds", "soon"), InlineData("PurgeAfterSeconds", "NaN"), InlineData("PurgeAfterSeconds", "1e999"),
     InlineData("Admins", "ada, Not A Label"), InlineData("Admins", "ada;bob")]
    public void A_setting_that_is_wrong_is_named(string key, string value) =>
        Should.Throw<InvalidOperationException>(() => Read(key, value)).Message.ShouldContain($"Mesh:{key}");

    [Fact]
    public void Settings_are_read()
    {
        Read("PurgeAfterSeconds", "1.5").PurgeAfter.ShouldBe(TimeSpan.FromSeconds(1.5));
        Read("PurgeAfterSeconds", "").PurgeAfter.ShouldBe(TimeSpan.FromSeconds(3));
        Read("Admins", "ada, bob").Admins.ShouldBe(["ada", "bob", ProjectsOptions.FirstAdmin], ignoreOrder: true);
    }

    private static ProjectsOptions Read(string key, string value) => ProjectsOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [$"Mesh:{key}"] = value }).Build(), new MeshOptions());
}
