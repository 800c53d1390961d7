using System.Security.Cryptography;
using System.Text;

namespace Mesh.Projects.Tokens;

/// <summary>The secret of an access token: <c>mesh_</c> and 43 characters of base62 (256 random bits).</summary>
internal static class TokenSecret
{
    internal const string Prefix = "mesh_";

    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly System.Buffers.SearchValues<char> Base62Digits = System.Buffers.SearchValues.Create(Base62);

    /// <summary>43 digits of base 62 hold 32 bytes.</summary>
    private const int Digits = 43;

    /// <summary>A new secret.</summary>
    internal static string New() => Prefix + Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 of a secret, lower-case hex.</summary>
    internal static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Whether the text has the form of a secret.</summary>
    internal static bool IsInForm(string text) =>
        text.Length == Prefix.Length + Digits && text.StartsWith(Prefix, StringComparison.Ordinal) && text.AsSpan(Prefix.Length).ContainsAnyExcept(Base62Digits) is false;

    /// <summary>The id of the token that a bootstrap secret stands for: the same on every replica, so that registering it twice is one registration.</summary>
    internal static Guid IdOf(string hash)
    {
        var bytes = Convert.FromHexString(hash.AsSpan(0, 32));
        // RFC 9562 version 8: the bits are ours to choose.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static string Encode(byte[] bytes) => string.Create(Digits, bytes, static (text, source) =>
    {
        var number = new System.Numerics.BigInteger(source, isUnsigned: true, isBigEndian: true);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            number = System.Numerics.BigInteger.DivRem(number, 62, out var digit);
            text[i] = Base62[(int)digit];
        }
    });
}
