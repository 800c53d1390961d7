using Mesh.Postgres;

namespace Mesh.Local.Tests.Postgres;

public sealed class PostgresBinariesTests
{
    private static readonly PostgresOptions Options = new() { DataDirectory = "/nowhere/data" };

    [Fact]
    public async Task Finds_a_version_that_Mesh_runs_on()
    {
        var found = await PostgresBinaries.FindAsync(Options);

        found.Version.Major.ShouldBeGreaterThanOrEqualTo(PostgresBinaries.OldestMajor);
        File.Exists(Path.Combine(found.Directory, "postgres")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_given_folder_is_the_only_one_looked_at()
    {
        var refused = await Should.ThrowAsync<PostgresServerException>(() => PostgresBinaries.FindAsync(Options with { BinaryDirectory = "/nowhere/bin" }));

        refused.Message.ShouldContain("/nowhere/bin has no postgres");
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_here_says_which_and_what_to_do()
    {
        var refused = await Should.ThrowAsync<PostgresServerException>(() => PostgresBinaries.FindAsync(Options, major: 97));

        refused.Message.ShouldContain("PostgreSQL 97, which made the data in /nowhere/data, was not found");
        refused.Message.ShouldContain("apt-get install postgresql");
    }
}
