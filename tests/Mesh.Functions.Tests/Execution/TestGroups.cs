using Mesh.Functions.Execution;

namespace Mesh.Functions.Tests.Execution;

/// <summary>Control groups of a test, where this machine lets it make some.</summary>
internal sealed class TestGroups : IDisposable
{
    private TestGroups(ControlGroups groups) => Groups = groups;

    public ControlGroups Groups { get; }

    /// <summary>Where they lie.</summary>
    public string Root => Groups.Root!;

    /// <summary>A path below which groups could lie; null where there is no cgroup v2.</summary>
    public static string? FindPlace() => !ProcessTable.IsAvailable ? null : File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' '))
        .Where(fields => fields[Array.IndexOf(fields, "-") + 1] == "cgroup2").Select(fields => Path.Combine(fields[4], $"mesh-test-{Guid.CreateVersion7():N}")).FirstOrDefault();

    /// <summary>Makes some; the test is skipped where it cannot, or where the kernel does not limit what it needs.</summary>
    public static TestGroups Make(params string[] controllers)
    {
        Assert.SkipUnless(FindPlace() is not null, "There is no cgroup v2.");
        var (groups, fault) = ControlGroups.Open(FindPlace());
        Assert.SkipUnless(groups.Root is not null, $"No control groups can be made: {fault}");
        var made = new TestGroups(groups);
        if (controllers.All(groups.Controllers.Contains)) return made;
        made.Dispose();
        Assert.Skip($"The kernel does not limit {string.Join(", ", controllers)} in groups of cgroup v2 here.");
        return made;
    }

    public void Dispose()
    {
        // A failed test must not hide its failure behind what it left.
        foreach (var below in Directory.EnumerateDirectories(Root)) Directory.Delete(below);
        Directory.Delete(Root);
    }
}
