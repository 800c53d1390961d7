using Mesh.Cli.Functions;

namespace Mesh.Cli.Tests.Functions;

public sealed class HubCommandTests
{
    [Fact]
    public void An_item_of_a_hub_is_named_by_hub_item_and_version()
    {
        HubCommands.Parse("team/train").ShouldBe(("team", "train", null));
        HubCommands.Parse("team/train@1.2.0-rc.1").ShouldBe(("team", "train", "1.2.0-rc.1"));
        foreach (var text in (string[])["train", "team/", "/train", "a/b/c", "@1.0.0"]) Should.Throw<UsageException>(() => HubCommands.Parse(text)).Message.ShouldStartWith($"'{text}' names no item of a hub");
    }
}
