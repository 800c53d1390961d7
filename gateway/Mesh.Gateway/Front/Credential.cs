using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Gateway.Browser;

namespace Mesh.Gateway.Front;

/// <summary>How a caller shows who they are.</summary>
internal enum CredentialKind
{
    /// <summary><c>Authorization: Bearer {access token}</c></summary>
    Bearer,

    /// <summary><c>Authorization: Bearer {job token}</c>, a JSON Web Token.</summary>
    Job,

    /// <summary><c>Authorization: Basic …</c> with the access token as password; the user name is not looked at.</summary>
    Basic,

    /// <summary>The cookie of a browser that came by a login link.</summary>
    Cookie,
}

/// <summary>What a caller showed. <paramref name="Text"/> is the header or cookie as it came, which is also what answers are cached by.</summary>
internal readonly record struct Credential(CredentialKind Kind, string Text)
{
    private const string BearerScheme = "Bearer ";
    private const string BasicScheme = "Basic ";

    // Longer than any token, short enough to be remembered by the thousand.
    private const int Longest = 2048;

    /// <summary>Never shows the secret.</summary>
    public override string ToString() => $"Credential {{ {Kind} }}";

    internal static bool TryRead(HttpRequest request, out Credential credential)
    {
        if (request.Headers.Authorization is [{ Length: <= Longest } header])
        {
            if (header.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase))
            {
                var kind = header.AsSpan(BearerScheme.Length).StartsWith("ey", StringComparison.Ordinal) ? CredentialKind.Job : CredentialKind.Bearer;
                credential = new Credential(kind, header);
                return true;
            }

            if (header.StartsWith(BasicScheme, StringComparison.OrdinalIgnoreCase))
            {
                credential = new Credential(CredentialKind.Basic, header);
                return true;
            }
        }
        else if (request.Headers.Cookie.Count > 0 && request.Cookies[BrowserSession.Cookie] is { Length: > 0 and <= Longest } session)
        {
            credential = new Credential(CredentialKind.Cookie, session);
            return true;
        }

        credential = default;
        return false;
    }

    /// <summary>The secret itself; false when the header is not in form.</summary>
    internal bool TryReadSecret([NotNullWhen(true)] out string? secret)
    {
        secret = Kind switch
        {
            CredentialKind.Bearer or CredentialKind.Job => Text[BearerScheme.Length..].Trim(),
            CredentialKind.Basic => PasswordOf(Text.AsSpan(BasicScheme.Length).Trim()),
            CredentialKind.Cookie => Text,
            _ => null,
        };
        return secret is { Length: > 0 };
    }

    private static string? PasswordOf(ReadOnlySpan<char> encoded)
    {
        if (!Base64.IsValid(encoded, out var length)) return null;
        var bytes = new byte[length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var written)) return null;
        var pair = Encoding.UTF8.GetString(bytes.AsSpan(0, written));
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
