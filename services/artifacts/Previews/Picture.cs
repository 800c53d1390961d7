namespace Mesh.Artifacts.Previews;

/// <summary>Tells pictures by their first bytes, whatever somebody said they are.</summary>
internal static class Picture
{
    /// <summary>The most bytes of a picture that is shown.</summary>
    public const long Most = 10 << 20;

    /// <summary>The media type of a picture that browsers show and that cannot run, or null.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> head) => head switch
    {
        _ when head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) => "image/png",
        _ when head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]) => "image/jpeg",
        _ when head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) => "image/gif",
        _ when head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8) => "image/webp",
        _ => null,
    };
}
