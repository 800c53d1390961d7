using Mesh.Contracts.Functions;
using Mesh.Functions.Hubs;

namespace Mesh.Functions.Tests.Hubs;

public sealed class HubDeciderTests
{
    private static readonly DateTimeOffset T0 = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly PutHub Folder = new(new HubSource(Folder: "/srv/hub"), "Ours");
    private static readonly TeamHub Hub = TeamHub.Create(new HubEvent.Registered("team", 1, Folder.Source, "Ours", "ada", T0));

    [Fact]
    public void The_same_again_is_nothing_and_another_source_keeps_the_items()
    {
        HubDecider.Register("team", Folder, "bob", Hub, T0).Events.ShouldBeEmpty();
        var changed = HubDecider.Register("team", new PutHub(), "bob", Hub, T0).Events.ShouldHaveSingleItem().ShouldBeOfType<HubEvent.Registered>();
        (changed.Generation, changed.Source).ShouldBe((1, null));
        var now = Hub.Apply(changed);
        (now.RegisteredBy, now.Source).ShouldBe(("ada", null));
    }

    [Fact]
    public void A_hub_that_was_removed_begins_anew()
    {
        var read = Hub.Apply(new HubEvent.Refreshed("team", "ab", 1, 1, [], "ada", T0));
        var removed = read.Apply(new HubEvent.Removed("team", "ada", T0));
        HubDecider.Remove("team", "ada", removed, T0).Rejected!.Code.ShouldBe("hub.unknown");
        var again = HubDecider.Register("team", Folder, "bob", removed, T0).Events.ShouldHaveSingleItem().ShouldBeOfType<HubEvent.Registered>();
        again.Generation.ShouldBe(2);
        var begun = removed.Apply(again);
        (begun.IsRemoved, begun.Revision, begun.RegisteredBy).ShouldBe((false, null, "bob"));
        HubDecider.Refresh(read, new HubRefresh("team", "ab", 0, [], []), "ada", begun, T0).Rejected!.Code.ShouldBe("hub.unknown");
    }

    [Fact]
    public void A_version_never_changes()
    {
        var item = TeamItem.Create(Added("1.0.0", "a"));
        HubItemDecider.Add(Added("1.0.0", "a"), item).Events.ShouldBeEmpty();
        HubItemDecider.Add(Added("1.0.0", "b"), item).Rejected!.Code.ShouldBe("hub-item.version-taken");
        HubItemDecider.Add(Added("1.0.1", "b"), item).Events.ShouldHaveSingleItem();
        var full = Enumerable.Range(1, HubItemDecider.MostVersions - 1).Aggregate(item, (state, i) => state.Apply(Added($"1.0.{i}", "x")));
        HubItemDecider.Add(Added("2.0.0", "b"), full).Rejected!.Code.ShouldBe("hub-item.too-many-versions");
    }

    [Fact]
    public void The_latest_is_the_greatest_release_in_whatever_order_they_come()
    {
        var item = TeamItem.Create(Added("2.0.0-rc.1", "a"));
        item.Latest.ShouldBe("2.0.0-rc.1");
        item = item.Apply(Added("1.10.0", "b")).Apply(Added("1.9.0", "c")).Apply(Added("2.0.0-rc.2", "d"));
        (item.Latest, item.Description).ShouldBe(("1.10.0", "b"));
        item.Apply(Added("2.0.0", "e")).Latest.ShouldBe("2.0.0");
    }

    [Fact]
    public void Versions_are_ordered_as_their_specification_says()
    {
        string[] order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"];
        order.Reverse().OrderBy(SemanticVersion.Parse).ShouldBe(order);
        foreach (var text in (string[])["1", "1.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "v1.0.0", "1.0.0+b", "1.0.0\n", "99999999999.0.0", $"1.0.0-{new string('a', 60)}", "١.0.0"])
            SemanticVersion.TryParse(text, out _).ShouldBeFalse(text);
    }

    private static HubItemEvent.Added Added(string version, string hash) => new("team", 1, "train", version, hash, new CodeBundle("hubs/team/train", 1, hash), hash, [], "ada", T0);
}
