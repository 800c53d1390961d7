using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Projects.Tests;

public sealed class EnumNamesTests
{
    [Theory]
    [InlineData("owner", Role.Owner), InlineData("Owner", Role.Owner), InlineData("none", Role.None)]
    public void One_whole_name_is_a_value(string text, Role role)
    {
        EnumNames.TryParse<Role>(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(role);
        JsonSerializer.Deserialize<Role>(JsonSerializer.Serialize(text), MeshJson.Strict).ShouldBe(role);
    }

    [Theory]
    [InlineData("viewer,owner"), InlineData("viewer, editor"), InlineData("owner,"), InlineData(" owner"), InlineData("4"), InlineData(""), InlineData("own")]
    public void Nothing_else_is(string text)
    {
        EnumNames.TryParse<Role>(text, out _).ShouldBeFalse();
        foreach (var options in (JsonSerializerOptions[])[MeshJson.Strict, MeshJson.Tolerant])
        {
            Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Role>(JsonSerializer.Serialize(text), options));
            Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Dictionary<Role, int>>(JsonSerializer.Serialize(new Dictionary<string, int> { [text] = 1 }), options));
        }
    }

    [Theory]
    [InlineData("4"), InlineData("null"), InlineData("true"), InlineData("[\"owner\"]")]
    public void What_is_no_text_is_no_name(string json) => Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Role>(json, MeshJson.Strict));

    [Fact]
    public void Values_are_written_by_name_and_what_has_none_is_not_written()
    {
        JsonSerializer.Serialize(new Dictionary<Role, Role?> { [Role.Admin] = Role.Viewer }, MeshJson.Strict).ShouldBe("""{"admin":"viewer"}""");
        Should.Throw<JsonException>(() => JsonSerializer.Serialize((Role)7, MeshJson.Strict));
    }
}
