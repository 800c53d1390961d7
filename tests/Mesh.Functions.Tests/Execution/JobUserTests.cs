using Mesh.Contracts.Functions;
using Mesh.Functions.Execution;
using Mesh.Hosting;
using Mesh.Hosting.Identity;
using Mesh.Testing;

namespace Mesh.Functions.Tests.Execution;

/// <summary>Jobs of another user than the service's own, where this process may change to one: as root, or with root's capabilities to do so.</summary>
public sealed class JobUserTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task A_job_of_another_user_reads_neither_keys_nor_the_service_and_writes_its_own_folder()
    {
        SkipUnlessAllowed();
        await using var run = new ExecutorRun(user: Nobody);
        var keys = Path.Combine(run.Data, "keys");
        KeyFile.ReadOrCreate(keys, "identity.key");
        await File.WriteAllTextAsync(Path.Combine(run.Data, "blob"), "of another project");

        var end = await run.RunAsync(["./probe.sh", keys, Path.Combine(run.Data, "blob"), run.Folder.Log], files:
        [
            new CodeFile("probe.sh",
                """
                #!/bin/sh
                id -u; id -G
                for file in "$1/identity.key" "$2" "$3" /proc/$PPID/environ; do cat "$file" 2>&1 | grep -c 'Permission denied'; done
                ls "$1" 2>&1 | grep -c 'Permission denied'
                echo mine > made.txt && cat "$HOME/made.txt" lib/data.txt
                grep -E 'CapEff|CapPrm|NoNewPrivs' /proc/self/status
                """),
            new CodeFile("lib/data.txt", "laid\n"),
        ]);

        end!.Cause.ShouldBeNull(run.Text);
        run.Text.ShouldBe("65534\n65534\n1\n1\n1\n1\n1\nmine\nlaid\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n");
        await run.Folder.RemoveWorkAsync();
        Directory.Exists(run.Folder.Work).ShouldBeFalse();
    }

    [Fact]
    public async Task Variables_of_a_job_have_no_say_before_it_is_the_other_user()
    {
        SkipUnlessAllowed();
        await using var run = new ExecutorRun(user: Nobody);
        var declared = new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["PATH"] = "/nowhere", ["QUOTED"] = "a \"b\" $(id) 'c'\nd" };
        (await run.RunAsync(["/usr/bin/env"], new() { ["KEY"] = "s3cr3t-value" }, declared: declared))!.Cause.ShouldBeNull(run.Text);
        run.Text.ShouldContain("\nPATH=/nowhere\n");
        run.Text.ShouldContain("\nQUOTED=a \"b\" $(id) 'c'\nd\n");
        run.Text.ShouldContain("\nKEY=***\n");
        run.Text.ShouldContain("/usr/bin/env");
        run.Text.ShouldNotContain("setpriv");
        run.Text.ShouldNotContain("MESH_LATER_");
    }

    [Fact]
    public async Task A_job_of_another_user_can_neither_leave_its_control_group_nor_lift_its_limits()
    {
        SkipUnlessAllowed();
        using var groups = TestGroups.Make();
        await using var run = new ExecutorRun(user: Nobody, groups: groups.Groups);
        var script = $"g=$1; grep -c $MESH_RUN_ID /proc/self/cgroup; for file in {groups.Root} $g; do (echo 0 > $file/cgroup.procs) 2>&1 | grep -c 'Permission denied'; done; (echo 1 > $g/cgroup.max.depth) 2>&1 | grep -c 'Permission denied'";
        var end = await run.RunAsync(["sh", "-c", script, "sh", Path.GetDirectoryName(run.Group!.Entrance)!]);
        run.Text.ShouldBe("1\n1\n1\n1\n", end!.Cause);
    }

    [Fact]
    public async Task A_stop_ends_the_tree_of_a_job_of_another_user()
    {
        SkipUnlessAllowed();
        await using var run = new ExecutorRun(user: Nobody, graceSeconds: 0.3);
        var running = run.ShellAsync("trap '' TERM; setsid sleep 300 & echo up; while :; do sleep 1; done");
        await Eventually.Holds(() => run.Text.ShouldBe("up\n"));
        run.Alive.Count.ShouldBeGreaterThanOrEqualTo(2);
        run.Stop();
        (await running).ShouldBeNull();
        run.Alive.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_job_made_is_removed_however_it_was_made()
    {
        SkipUnlessAllowed();
        await using var run = new ExecutorRun(user: Nobody);
        var outside = Path.Combine(run.Data, "outside");
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "kept"), "");
        (await run.ShellAsync($"mkdir -p a/b && echo x > a/b/c && chmod 000 a/b && ln -s {outside} link"))!.Cause.ShouldBeNull(run.Text);
        await AttemptFolder.RemoveProjectAsync(run.Data, "demo", JobUser.Parse(Nobody));
        Directory.Exists(Path.GetDirectoryName(run.Folder.Job)).ShouldBeFalse();
        File.Exists(Path.Combine(outside, "kept")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("nobody", "must be uid or uid:gid")]
    [InlineData("0", "must be uid or uid:gid")]
    [InlineData("1:2:3", "must be uid or uid:gid")]
    [InlineData("-1", "must be uid or uid:gid")]
    public void A_user_that_is_none_is_refused_at_start_by_the_name_of_the_key(string user, string why)
    {
        using var folder = new Folder();
        folder.Check(user)!.ShouldStartWith("Functions:JobUser: ");
        folder.Check(user)!.ShouldContain(why);
    }

    [Fact]
    public void What_cannot_work_is_refused_at_start_by_the_name_of_the_key()
    {
        SkipUnlessAllowed();
        using var folder = new Folder();
        folder.Check(Nobody).ShouldBeNull();
        folder.Check("65534:100").ShouldBeNull();

        if (OperatingSystem.IsWindows()) return;
        KeyFile.ReadOrCreate(folder.Keys, "identity.key");
        folder.Check(Nobody).ShouldBeNull();
        File.SetUnixFileMode(Path.Combine(folder.Keys, "identity.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        folder.Check(Nobody)!.ShouldContain($"Functions:JobUser: user 65534 can read {folder.Keys}/identity.key");
        File.SetUnixFileMode(folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        folder.Check(Nobody)!.ShouldContain("chmod o+x");
    }

    private static void SkipUnlessAllowed()
    {
        const ulong SetUid = 1 << 7;
        var capabilities = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal))[7..] : "0";
        Assert.SkipUnless((Convert.ToUInt64(capabilities.Trim(), 16) & SetUid) != 0, "This process may not change to another user.");
    }

    /// <summary>A service's folders, as the check at start finds them.</summary>
    private sealed class Folder : IDisposable
    {
        public Folder()
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Root, File.GetUnixFileMode(Root) | UnixFileMode.OtherExecute);
            Directory.CreateDirectory(Path.Combine(Root, "data"));
        }

        public string Root { get; } = Directory.CreateTempSubdirectory("mesh-user-").FullName;

        public string Keys => Path.Combine(Root, "keys");

        public string? Check(string user)
        {
            var mesh = new MeshOptions { DataPath = Path.Combine(Root, "data"), KeyPath = Keys };
            return new JobUserCheck(mesh).Validate(null, new FunctionsOptions { JobUser = user }).FailureMessage;
        }

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
