using System.Buffers.Text;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Decisions;
using Microsoft.AspNetCore.Http;

namespace Mesh.Hosting.Http;

/// <summary>Which page of a list is asked for: <c>?limit=</c> (1 to 1,000, 50 when absent) and <c>?cursor=</c> (from the page before).</summary>
public readonly record struct PageRequest(int Limit, string? Cursor)
{
    private const int Default = 50;
    private const int Most = 1000;

    /// <summary>Where the page before ended, or null for the first page.</summary>
    /// <typeparam name="T">A small record of the sort keys.</typeparam>
    /// <exception cref="RejectedException">The cursor is not one of ours: 400 <c>cursor.invalid</c>.</exception>
    public T? After<T>() where T : class
    {
        if (Cursor is null) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(Cursor), MeshJson.Strict);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new RejectedException(Rejection.Malformed("cursor.invalid", "The cursor is not one that this list gave out.", "cursor"));
        }
    }

    /// <summary>Makes the page of rows that were read with one row more than <see cref="Limit"/>.</summary>
    /// <param name="rows">At most <see cref="Limit"/> + 1 rows.</param>
    /// <param name="key">The sort keys of a row.</param>
    public Page<T> ToPage<T, TKey>(IReadOnlyList<T> rows, Func<T, TKey> key) =>
        rows.Count <= Limit ? new Page<T>(rows) : new Page<T>([.. rows.Take(Limit)], Encode(key(rows[Limit - 1])));

    /// <summary>Makes the cursor that follows a row with these sort keys.</summary>
    public static string Encode<TKey>(TKey key) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(key, MeshJson.Strict));

    /// <summary>Binds the endpoint parameter.</summary>
    /// <exception cref="RejectedException">The limit is out of range.</exception>
    public static ValueTask<PageRequest> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = context.Request.Query;
        var limit = Default;
        if (query["limit"] is [{ } text] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
            throw new RejectedException(Rejection.Malformed("limit.invalid", $"'limit' must be a whole number from 1 to {Most}.", "limit"));
        return ValueTask.FromResult(new PageRequest(limit, query["cursor"] is [{ Length: > 0 } cursor] ? cursor : null));
    }
}
