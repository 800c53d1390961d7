using System.Globalization;

namespace Mesh.Tracking.Mlflow;

/// <summary>Names for runs that came without one: an adjective, a noun and a number, as people can say them.</summary>
internal static class RunNames
{
    private static readonly string[] Adjectives =
    [
        "able", "amused", "bold", "brave", "bright", "calm", "capable", "clean", "clever", "colorful", "crawling", "curious", "dapper", "debonair", "eager", "exultant",
        "fearless", "gentle", "gifted", "glad", "honest", "inquisitive", "kindly", "lively", "lyrical", "merciful", "nimble", "orderly", "placid", "polite", "quick",
        "rare", "resilient", "sassy", "serious", "silent", "skittish", "spiffy", "stately", "sunny", "tasteful", "thundering", "unique", "upbeat", "vaunted", "wise", "youthful", "zealous",
    ];

    private static readonly string[] Nouns =
    [
        "ant", "badger", "bass", "bear", "bee", "bird", "boar", "calf", "carp", "cat", "chimp", "cod", "colt", "crab", "crane", "deer", "doe", "dolphin", "dove", "duck",
        "elk", "finch", "fish", "fly", "foal", "fox", "frog", "gnat", "goat", "grouse", "hare", "hawk", "hen", "horse", "jay", "kit", "koi", "lamb", "lark", "loon", "lynx",
        "mare", "mink", "mole", "moose", "moth", "mouse", "newt", "owl", "perch", "pig", "quail", "rat", "robin", "seal", "shark", "shrew", "skunk", "sloth", "smelt", "snail", "sow", "squid", "stag", "steed", "stork", "swan", "tern", "toad", "trout", "vole", "whale", "wolf", "wren", "yak", "zebra",
    ];

    public static string Next() => string.Create(
        CultureInfo.InvariantCulture, $"{Adjectives[Random.Shared.Next(Adjectives.Length)]}-{Nouns[Random.Shared.Next(Nouns.Length)]}-{Random.Shared.Next(1000)}");
}
