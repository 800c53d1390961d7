namespace Mesh.Hosting.Decisions;

/// <summary>What kind of refusal it is; each kind has one HTTP status.</summary>
public enum RejectionKind
{
    /// <summary>404: there is no such thing, or not for this caller.</summary>
    NotFound,

    /// <summary>409: the state of the thing does not allow it.</summary>
    Conflict,

    /// <summary>412: the caller's version is not the current one.</summary>
    VersionMismatch,

    /// <summary>422: well formed, but it cannot be meant.</summary>
    Unprocessable,

    /// <summary>403: the caller may not.</summary>
    Forbidden,

    /// <summary>400: not well formed.</summary>
    Malformed,

    /// <summary>413: larger than the stated limit.</summary>
    TooLarge,

    /// <summary>503: a service that is needed does not answer; trying again later makes sense.</summary>
    Unavailable,

    /// <summary>502: something outside of the platform that is needed cannot be reached, or does not do its part.</summary>
    Unreachable,
}

/// <summary>A refusal that was to be expected: a value, not an exception.</summary>
/// <param name="Kind">Decides the HTTP status.</param>
/// <param name="Code">Stable and for programs: <c>noun.reason</c>.</param>
/// <param name="Detail">A sentence for people: what is wrong and what would be right.</param>
/// <param name="Field">The field at fault, if one is.</param>
public sealed record Rejection(RejectionKind Kind, string Code, string Detail, string? Field = null)
{
    /// <summary>404</summary>
    public static Rejection NotFound(string code, string detail) => new(RejectionKind.NotFound, code, detail);

    /// <summary>409</summary>
    public static Rejection Conflict(string code, string detail, string? field = null) => new(RejectionKind.Conflict, code, detail, field);

    /// <summary>422</summary>
    public static Rejection Unprocessable(string code, string detail, string? field = null) => new(RejectionKind.Unprocessable, code, detail, field);

    /// <summary>403</summary>
    public static Rejection Forbidden(string code, string detail) => new(RejectionKind.Forbidden, code, detail);

    /// <summary>400</summary>
    public static Rejection Malformed(string code, string detail, string? field = null) => new(RejectionKind.Malformed, code, detail, field);

    /// <summary>413</summary>
    public static Rejection TooLarge(string code, string detail, string? field = null) => new(RejectionKind.TooLarge, code, detail, field);

    /// <summary>503</summary>
    public static Rejection Unavailable(string code, string detail) => new(RejectionKind.Unavailable, code, detail);

    /// <summary>502</summary>
    public static Rejection Unreachable(string code, string detail) => new(RejectionKind.Unreachable, code, detail);
}
