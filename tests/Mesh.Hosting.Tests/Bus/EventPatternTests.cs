using Mesh.Contracts.Events;
using Mesh.Testing;
using RabbitMQ.Client;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>Patterns of event types mean here what they mean to the broker.</summary>
public sealed class EventPatternTests(RabbitMqFixture broker) : IClassFixture<RabbitMqFixture>
{
    [Theory]
    [InlineData("#", "run.created", true)]
    [InlineData("*", "run", true)]
    [InlineData("*", "run.created", false)]
    [InlineData("run.*", "run.created", true)]
    [InlineData("run.*", "run", false)]
    [InlineData("run.#", "run", true)]
    [InlineData("#.created", "created", true)]
    [InlineData("#.created", "run.created", true)]
    [InlineData("a.#.b", "a.b", true)]
    [InlineData("a.#.b", "a.b.b", true)]
    [InlineData("a.#.b", "a.b.c", false)]
    [InlineData("a.#.b.#.c", "a.x.b.y.b.c", true)]
    [InlineData("#.*", "", false)]
    [InlineData("#.#", "", true)]
    public void A_pattern_fits_a_type_or_not(string pattern, string type, bool fits) => EventTypes.Matches(pattern, type).ShouldBe(fits);

    [Fact]
    public void Every_short_pattern_says_of_every_short_type_what_the_definition_says()
    {
        var types = Texts(["a", "b"], 5).Append("").ToList();
        var wrong = from pattern in Texts(["a", "b", "*", "#"], 5)
                    from type in types
                    where EventTypes.Matches(pattern, type) != Defined(pattern.Split('.'), type.Length == 0 ? [] : type.Split('.'))
                    select $"{pattern} on {type}";
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_broker_says_the_same()
    {
        await using var connection = await new ConnectionFactory { Uri = broker.Address }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.ExchangeDeclareAsync("patterns", ExchangeType.Topic);
        var patterns = Texts(["a", "*", "#"], 3).ToList();
        var types = Texts(["a", "b"], 3).ToList();
        foreach (var pattern in patterns)
        {
            await channel.QueueDeclareAsync(pattern, durable: false, exclusive: true, autoDelete: true);
            await channel.QueueBindAsync(pattern, "patterns", pattern);
        }

        foreach (var type in types) await channel.BasicPublishAsync("patterns", type, ReadOnlyMemory<byte>.Empty);
        foreach (var pattern in patterns)
        {
            var routed = new List<string>();
            while (await channel.BasicGetAsync(pattern, autoAck: true) is { } message) routed.Add(message.RoutingKey);
            routed.ShouldBe(types.Where(type => EventTypes.Matches(pattern, type)), pattern);
        }
    }

    private static bool Defined(ReadOnlySpan<string> pattern, ReadOnlySpan<string> type)
    {
        if (pattern.IsEmpty) return type.IsEmpty;
        if (pattern[0] == "#") return Defined(pattern[1..], type) || (!type.IsEmpty && Defined(pattern, type[1..]));
        return !type.IsEmpty && (pattern[0] == "*" || pattern[0] == type[0]) && Defined(pattern[1..], type[1..]);
    }

    private static IEnumerable<string> Texts(string[] words, int most) =>
        most == 1 ? words : words.Concat(Texts(words, most - 1).SelectMany(text => words.Select(word => $"{text}.{word}"))).Distinct();
}
