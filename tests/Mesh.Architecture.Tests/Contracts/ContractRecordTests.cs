using System.Text.Json;
using Mesh.Contracts;

namespace Mesh.Architecture.Tests.Contracts;

/// <summary>What the API writes, its own client can read.</summary>
public sealed class ContractRecordTests
{
    public static TheoryData<string> Records => [.. typeof(MeshJson).Assembly.GetExportedTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false, IsGenericType: false } && type.GetMethod("<Clone>$") is not null)
        .Select(type => type.FullName!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_comes_back_as_it_was_written(string name)
    {
        var type = typeof(MeshJson).Assembly.GetType(name, throwOnError: true)!;
        var json = JsonSerializer.Serialize(Sample.Of(type), type, MeshJson.Strict);
        foreach (var options in (JsonSerializerOptions[])[MeshJson.Strict, MeshJson.Tolerant])
            JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type, options), type, MeshJson.Strict).ShouldBe(json);
    }
}
