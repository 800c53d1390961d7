using System.Text;
using Mesh.Functions.Execution;

namespace Mesh.Functions.Tests.Execution;

public sealed class TextTests
{
    [Theory]
    [InlineData("abc", 3, 3)]
    [InlineData("aé", 2, 1)]
    [InlineData("aé", 3, 3)]
    [InlineData("a€", 3, 1)]
    [InlineData("a😀", 4, 1)]
    [InlineData("a😀", 5, 5)]
    [InlineData("", 0, 0)]
    public void A_chunk_holds_whole_characters(string text, int take, int whole) =>
        OutputShipper.WholeCharacters(Encoding.UTF8.GetBytes(text).AsSpan(0, take)).ShouldBe(whole);

    [Fact]
    public void Marks_are_read_from_an_environment_block()
    {
        var block = Encoding.UTF8.GetBytes("PATH=/bin\0XMESH_RUN_ID=no\0MESH_ATTEMPT=7\0MESH_RUN_ID=j1\0");
        ProcessMark.Parse(block).ShouldBe(new ProcessMark("j1", 7));
        ProcessMark.Parse("MESH_RUN_ID=j1\0"u8).ShouldBeNull();
        ProcessMark.Parse([]).ShouldBeNull();
    }

    [Fact]
    public void Short_secrets_are_left_alone_and_longer_ones_go_first()
    {
        var mask = new SecretMask(["abc", "abcdef", "abcdefgh"]);
        mask.Apply("abc abcdef abcdefgh").ShouldBe("abc *** ***");
        mask.Longest.ShouldBe(8);
        new SecretMask([]).Apply("as it is").ShouldBe("as it is");
    }

    [Fact]
    public void A_secret_that_comes_in_parts_with_a_pause_between_is_blotted_out()
    {
        var text = new StringBuilder();
        var lines = new OutputLines(part => text.Append(part), new SecretMask(["s3cr3t-value"]));
        lines.Take("key=s3cr3t-"u8);
        lines.Flush();
        text.ToString().ShouldBe("key=", "a beginning of a secret waits");
        lines.Take("value done"u8);
        lines.Flush();
        text.ToString().ShouldBe("key=*** done");
        lines.Take(" s3cr3t"u8);
        lines.End();
        text.ToString().ShouldBe("key=*** done s3cr3t", "it was none after all");
    }

    [Fact]
    public void A_param_is_a_variable() => JobVariables.NameOf("data.train-set/é").ShouldBe("MESH_PARAM_DATA_TRAIN_SET__");
}
