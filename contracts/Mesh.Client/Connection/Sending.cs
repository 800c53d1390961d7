namespace Mesh.Client.Connection;

/// <summary>How a request is sent.</summary>
/// <param name="MayRepeat">Doing it twice is the same as doing it once.</param>
/// <param name="Key">Carries an <c>Idempotency-Key</c>, the same on every try.</param>
/// <param name="Long">A stream or a file: no limit on its time once it has begun.</param>
/// <param name="AcceptNotFound">404 is an answer, not a refusal.</param>
internal readonly record struct Sending(bool MayRepeat, bool Key = false, bool Long = false, bool AcceptNotFound = false)
{
    /// <summary>Reads, and writes that say what should be.</summary>
    public static Sending Idempotent => new(true);

    /// <summary>Creations: the key makes the second try answer as the first.</summary>
    public static Sending Creating => new(true, Key: true);

    /// <summary>Sent once: nobody knows whether a lost one was done.</summary>
    public static Sending Once => new(false);
}
