// Made by `npm run wire` from nodetrust.proto; do not edit.
/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $number = (value) => typeof value === "object" ? value.toNumber() : value;

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["nodetrust"] || ($protobuf.roots["nodetrust"] = {});

export const nodetrust = $root.nodetrust = (() => {

    /**
     * Namespace nodetrust.
     * @exports nodetrust
     * @namespace
     */
    const nodetrust = {};

    /**
     * ErrorCode enum.
     * @name nodetrust.ErrorCode
     * @enum {number}
     * @property {number} OK=0 OK value
     * @property {number} RATE_LIMIT=1 RATE_LIMIT value
     * @property {number} INVALID_PROOF=2 INVALID_PROOF value
     * @property {number} NOT_AUTHORIZED=3 NOT_AUTHORIZED value
     * @property {number} NO_MATCHING_CRYPTO=4 NO_MATCHING_CRYPTO value
     * @property {number} OTHER=9 OTHER value
     * @property {number} INVALID_REQUEST=10 INVALID_REQUEST value
     * @property {number} INVALID_CSR=11 INVALID_CSR value
     * @property {number} RELAYED=12 RELAYED value
     * @property {number} ADDRESS_REFUSED=13 ADDRESS_REFUSED value
     * @property {number} ORDER_IN_PROGRESS=14 ORDER_IN_PROGRESS value
     * @property {number} CA_UNAVAILABLE=15 CA_UNAVAILABLE value
     * @property {number} CA_REFUSED=16 CA_REFUSED value
     * @property {number} NAME_REFUSED=17 NAME_REFUSED value
     * @property {number} TOO_MANY_VALUES=18 TOO_MANY_VALUES value
     * @property {number} DNS_UNAVAILABLE=19 DNS_UNAVAILABLE value
     * @property {number} SHUTTING_DOWN=20 SHUTTING_DOWN value
     * @property {number} NOTHING_TO_GRANT=21 NOTHING_TO_GRANT value
     * @property {number} UNKNOWN_CERTIFICATE=22 UNKNOWN_CERTIFICATE value
     */
    nodetrust.ErrorCode = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "OK"] = 0;
        values[valuesById[1] = "RATE_LIMIT"] = 1;
        values[valuesById[2] = "INVALID_PROOF"] = 2;
        values[valuesById[3] = "NOT_AUTHORIZED"] = 3;
        values[valuesById[4] = "NO_MATCHING_CRYPTO"] = 4;
        values[valuesById[9] = "OTHER"] = 9;
        values[valuesById[10] = "INVALID_REQUEST"] = 10;
        values[valuesById[11] = "INVALID_CSR"] = 11;
        values[valuesById[12] = "RELAYED"] = 12;
        values[valuesById[13] = "ADDRESS_REFUSED"] = 13;
        values[valuesById[14] = "ORDER_IN_PROGRESS"] = 14;
        values[valuesById[15] = "CA_UNAVAILABLE"] = 15;
        values[valuesById[16] = "CA_REFUSED"] = 16;
        values[valuesById[17] = "NAME_REFUSED"] = 17;
        values[valuesById[18] = "TOO_MANY_VALUES"] = 18;
        values[valuesById[19] = "DNS_UNAVAILABLE"] = 19;
        values[valuesById[20] = "SHUTTING_DOWN"] = 20;
        values[valuesById[21] = "NOTHING_TO_GRANT"] = 21;
        values[valuesById[22] = "UNKNOWN_CERTIFICATE"] = 22;
        return values;
    })();

    nodetrust.Problem = (function() {

        /**
         * Properties of a Problem.
         * @typedef {Object} nodetrust.Problem.$Properties
         * @property {nodetrust.ErrorCode|null} [code] Problem code
         * @property {string|null} [message] Problem message
         * @property {number|null} [retryAfterMs] Problem retryAfterMs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Problem.
         * @memberof nodetrust
         * @interface IProblem
         * @augments nodetrust.Problem.$Properties
         * @deprecated Use nodetrust.Problem.$Properties instead.
         */

        /**
         * Shape of a Problem.
         * @typedef {nodetrust.Problem.$Properties} nodetrust.Problem.$Shape
         */

        /**
         * Constructs a new Problem.
         * @memberof nodetrust
         * @classdesc Represents a Problem.
         * @constructor
         * @param {nodetrust.Problem.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Problem = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Problem code.
         * @member {nodetrust.ErrorCode} code
         * @memberof nodetrust.Problem
         * @instance
         */
        Problem.prototype.code = 0;

        /**
         * Problem message.
         * @member {string} message
         * @memberof nodetrust.Problem
         * @instance
         */
        Problem.prototype.message = "";

        /**
         * Problem retryAfterMs.
         * @member {number} retryAfterMs
         * @memberof nodetrust.Problem
         * @instance
         */
        Problem.prototype.retryAfterMs = 0;

        /**
         * Encodes the specified Problem message. Does not implicitly {@link nodetrust.Problem.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Problem
         * @static
         * @param {nodetrust.Problem.$Properties} m Problem message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Problem.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.code != null && $Object.hasOwnProperty.call(m, "code") && m.code !== 0)
                w.uint32(/* id 1, wireType 0 =*/8).int32(m.code);
            if (m.message != null && $Object.hasOwnProperty.call(m, "message") && m.message !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.message);
            if (m.retryAfterMs != null && $Object.hasOwnProperty.call(m, "retryAfterMs") && (typeof m.retryAfterMs === "object" ? m.retryAfterMs.low || m.retryAfterMs.high : m.retryAfterMs !== 0))
                w.uint32(/* id 3, wireType 0 =*/24).uint64(m.retryAfterMs);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Problem message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Problem
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Problem & nodetrust.Problem.$Shape} Problem
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Problem.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Problem();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 0)
                            break;
                        if (v = r.int32())
                            m.code = v;
                        else
                            delete m.code;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.message = v;
                        else
                            delete m.message;
                        continue;
                    }
                case 3: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.retryAfterMs = v;
                        else
                            delete m.retryAfterMs;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Problem;
    })();

    /**
     * KeyAlgorithm enum.
     * @name nodetrust.KeyAlgorithm
     * @enum {number}
     * @property {number} KEY_ALGORITHM_UNKNOWN=0 KEY_ALGORITHM_UNKNOWN value
     * @property {number} RSA_2048=1 RSA_2048 value
     * @property {number} ECDSA_P256=2 ECDSA_P256 value
     * @property {number} ECDSA_P384=3 ECDSA_P384 value
     */
    nodetrust.KeyAlgorithm = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "KEY_ALGORITHM_UNKNOWN"] = 0;
        values[valuesById[1] = "RSA_2048"] = 1;
        values[valuesById[2] = "ECDSA_P256"] = 2;
        values[valuesById[3] = "ECDSA_P384"] = 3;
        return values;
    })();

    nodetrust.InfoRequest = (function() {

        /**
         * Properties of an InfoRequest.
         * @typedef {Object} nodetrust.InfoRequest.$Properties
         * @property {string|null} [agent] InfoRequest agent
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an InfoRequest.
         * @memberof nodetrust
         * @interface IInfoRequest
         * @augments nodetrust.InfoRequest.$Properties
         * @deprecated Use nodetrust.InfoRequest.$Properties instead.
         */

        /**
         * Shape of an InfoRequest.
         * @typedef {nodetrust.InfoRequest.$Properties} nodetrust.InfoRequest.$Shape
         */

        /**
         * Constructs a new InfoRequest.
         * @memberof nodetrust
         * @classdesc Represents an InfoRequest.
         * @constructor
         * @param {nodetrust.InfoRequest.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const InfoRequest = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * InfoRequest agent.
         * @member {string} agent
         * @memberof nodetrust.InfoRequest
         * @instance
         */
        InfoRequest.prototype.agent = "";

        /**
         * Encodes the specified InfoRequest message. Does not implicitly {@link nodetrust.InfoRequest.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.InfoRequest
         * @static
         * @param {nodetrust.InfoRequest.$Properties} m InfoRequest message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        InfoRequest.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.agent != null && $Object.hasOwnProperty.call(m, "agent") && m.agent !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.agent);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an InfoRequest message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.InfoRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.InfoRequest & nodetrust.InfoRequest.$Shape} InfoRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        InfoRequest.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.InfoRequest();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.agent = v;
                        else
                            delete m.agent;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return InfoRequest;
    })();

    nodetrust.InfoResponse = (function() {

        /**
         * Properties of an InfoResponse.
         * @typedef {Object} nodetrust.InfoResponse.$Properties
         * @property {nodetrust.Problem.$Properties|null} [problem] InfoResponse problem
         * @property {string|null} [zone] InfoResponse zone
         * @property {Array.<nodetrust.ProofServer.$Properties>|null} [proofServers] InfoResponse proofServers
         * @property {Array.<nodetrust.KeyAlgorithm>|null} [keyAlgorithms] InfoResponse keyAlgorithms
         * @property {Array.<nodetrust.Profile.$Properties>|null} [profiles] InfoResponse profiles
         * @property {nodetrust.Policy.$Properties|null} [policy] InfoResponse policy
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an InfoResponse.
         * @memberof nodetrust
         * @interface IInfoResponse
         * @augments nodetrust.InfoResponse.$Properties
         * @deprecated Use nodetrust.InfoResponse.$Properties instead.
         */

        /**
         * Shape of an InfoResponse.
         * @typedef {nodetrust.InfoResponse.$Properties} nodetrust.InfoResponse.$Shape
         */

        /**
         * Constructs a new InfoResponse.
         * @memberof nodetrust
         * @classdesc Represents an InfoResponse.
         * @constructor
         * @param {nodetrust.InfoResponse.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const InfoResponse = function (p) {
            this.proofServers = [];
            this.keyAlgorithms = [];
            this.profiles = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * InfoResponse problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.problem = null;

        /**
         * InfoResponse zone.
         * @member {string} zone
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.zone = "";

        /**
         * InfoResponse proofServers.
         * @member {Array.<nodetrust.ProofServer.$Properties>} proofServers
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.proofServers = $util.emptyArray;

        /**
         * InfoResponse keyAlgorithms.
         * @member {Array.<nodetrust.KeyAlgorithm>} keyAlgorithms
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.keyAlgorithms = $util.emptyArray;

        /**
         * InfoResponse profiles.
         * @member {Array.<nodetrust.Profile.$Properties>} profiles
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.profiles = $util.emptyArray;

        /**
         * InfoResponse policy.
         * @member {nodetrust.Policy.$Properties|null|undefined} policy
         * @memberof nodetrust.InfoResponse
         * @instance
         */
        InfoResponse.prototype.policy = null;

        /**
         * Encodes the specified InfoResponse message. Does not implicitly {@link nodetrust.InfoResponse.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.InfoResponse
         * @static
         * @param {nodetrust.InfoResponse.$Properties} m InfoResponse message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        InfoResponse.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.zone != null && $Object.hasOwnProperty.call(m, "zone") && m.zone !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.zone);
            if (m.proofServers != null && m.proofServers.length) {
                for (var i = 0; i < m.proofServers.length; ++i)
                    $root.nodetrust.ProofServer.encode(m.proofServers[i], w.uint32(/* id 3, wireType 2 =*/26).fork(), q + 1).ldelim();
            }
            if (m.keyAlgorithms != null && m.keyAlgorithms.length) {
                w.uint32(/* id 4, wireType 2 =*/34).int32s(m.keyAlgorithms);
            }
            if (m.profiles != null && m.profiles.length) {
                for (var i = 0; i < m.profiles.length; ++i)
                    $root.nodetrust.Profile.encode(m.profiles[i], w.uint32(/* id 5, wireType 2 =*/42).fork(), q + 1).ldelim();
            }
            if (m.policy != null && $Object.hasOwnProperty.call(m, "policy"))
                $root.nodetrust.Policy.encode(m.policy, w.uint32(/* id 6, wireType 2 =*/50).fork(), q + 1).ldelim();
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an InfoResponse message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.InfoResponse
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.InfoResponse & nodetrust.InfoResponse.$Shape} InfoResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        InfoResponse.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.InfoResponse();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.zone = v;
                        else
                            delete m.zone;
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if (!(m.proofServers && m.proofServers.length))
                            m.proofServers = [];
                        m.proofServers.push($root.nodetrust.ProofServer.decode(r, r.size(), $undefined, q + 1));
                        continue;
                    }
                case 4: {
                        if (u === 2) {
                            if (!(m.keyAlgorithms && m.keyAlgorithms.length))
                                m.keyAlgorithms = [];
                            r.int32s(m.keyAlgorithms);
                            continue;
                        }
                        if (u !== 0)
                            break;
                        if (!(m.keyAlgorithms && m.keyAlgorithms.length))
                            m.keyAlgorithms = [];
                        m.keyAlgorithms.push(r.int32());
                        continue;
                    }
                case 5: {
                        if (u !== 2)
                            break;
                        if (!(m.profiles && m.profiles.length))
                            m.profiles = [];
                        m.profiles.push($root.nodetrust.Profile.decode(r, r.size(), $undefined, q + 1));
                        continue;
                    }
                case 6: {
                        if (u !== 2)
                            break;
                        m.policy = $root.nodetrust.Policy.decode(r, r.size(), $undefined, q + 1, m.policy);
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return InfoResponse;
    })();

    nodetrust.ProofServer = (function() {

        /**
         * Properties of a ProofServer.
         * @typedef {Object} nodetrust.ProofServer.$Properties
         * @property {Uint8Array|null} [peerId] ProofServer peerId
         * @property {Array.<Uint8Array>|null} [addresses] ProofServer addresses
         * @property {string|null} [displayName] ProofServer displayName
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ProofServer.
         * @memberof nodetrust
         * @interface IProofServer
         * @augments nodetrust.ProofServer.$Properties
         * @deprecated Use nodetrust.ProofServer.$Properties instead.
         */

        /**
         * Shape of a ProofServer.
         * @typedef {nodetrust.ProofServer.$Properties} nodetrust.ProofServer.$Shape
         */

        /**
         * Constructs a new ProofServer.
         * @memberof nodetrust
         * @classdesc Represents a ProofServer.
         * @constructor
         * @param {nodetrust.ProofServer.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ProofServer = function (p) {
            this.addresses = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * ProofServer peerId.
         * @member {Uint8Array} peerId
         * @memberof nodetrust.ProofServer
         * @instance
         */
        ProofServer.prototype.peerId = $util.newBuffer([]);

        /**
         * ProofServer addresses.
         * @member {Array.<Uint8Array>} addresses
         * @memberof nodetrust.ProofServer
         * @instance
         */
        ProofServer.prototype.addresses = $util.emptyArray;

        /**
         * ProofServer displayName.
         * @member {string} displayName
         * @memberof nodetrust.ProofServer
         * @instance
         */
        ProofServer.prototype.displayName = "";

        /**
         * Encodes the specified ProofServer message. Does not implicitly {@link nodetrust.ProofServer.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.ProofServer
         * @static
         * @param {nodetrust.ProofServer.$Properties} m ProofServer message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ProofServer.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.peerId != null && $Object.hasOwnProperty.call(m, "peerId") && m.peerId.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.peerId);
            if (m.addresses != null && m.addresses.length) {
                for (var i = 0; i < m.addresses.length; ++i)
                    w.uint32(/* id 2, wireType 2 =*/18).bytes(m.addresses[i]);
            }
            if (m.displayName != null && $Object.hasOwnProperty.call(m, "displayName") && m.displayName !== "")
                w.uint32(/* id 3, wireType 2 =*/26).string(m.displayName);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a ProofServer message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.ProofServer
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.ProofServer & nodetrust.ProofServer.$Shape} ProofServer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ProofServer.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.ProofServer();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.peerId = v;
                        else
                            delete m.peerId;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if (!(m.addresses && m.addresses.length))
                            m.addresses = [];
                        m.addresses.push(r.bytes());
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.displayName = v;
                        else
                            delete m.displayName;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return ProofServer;
    })();

    nodetrust.Profile = (function() {

        /**
         * Properties of a Profile.
         * @typedef {Object} nodetrust.Profile.$Properties
         * @property {string|null} [name] Profile name
         * @property {string|null} [description] Profile description
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Profile.
         * @memberof nodetrust
         * @interface IProfile
         * @augments nodetrust.Profile.$Properties
         * @deprecated Use nodetrust.Profile.$Properties instead.
         */

        /**
         * Shape of a Profile.
         * @typedef {nodetrust.Profile.$Properties} nodetrust.Profile.$Shape
         */

        /**
         * Constructs a new Profile.
         * @memberof nodetrust
         * @classdesc Represents a Profile.
         * @constructor
         * @param {nodetrust.Profile.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Profile = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Profile name.
         * @member {string} name
         * @memberof nodetrust.Profile
         * @instance
         */
        Profile.prototype.name = "";

        /**
         * Profile description.
         * @member {string} description
         * @memberof nodetrust.Profile
         * @instance
         */
        Profile.prototype.description = "";

        /**
         * Encodes the specified Profile message. Does not implicitly {@link nodetrust.Profile.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Profile
         * @static
         * @param {nodetrust.Profile.$Properties} m Profile message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Profile.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.name != null && $Object.hasOwnProperty.call(m, "name") && m.name !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.name);
            if (m.description != null && $Object.hasOwnProperty.call(m, "description") && m.description !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.description);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Profile message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Profile
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Profile & nodetrust.Profile.$Shape} Profile
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Profile.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Profile();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.name = v;
                        else
                            delete m.name;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.description = v;
                        else
                            delete m.description;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Profile;
    })();

    nodetrust.Policy = (function() {

        /**
         * Properties of a Policy.
         * @typedef {Object} nodetrust.Policy.$Properties
         * @property {Array.<string>|null} [addressClasses] Policy addressClasses
         * @property {boolean|null} [ipNames] Policy ipNames
         * @property {number|null} [maxProofs] Policy maxProofs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Policy.
         * @memberof nodetrust
         * @interface IPolicy
         * @augments nodetrust.Policy.$Properties
         * @deprecated Use nodetrust.Policy.$Properties instead.
         */

        /**
         * Shape of a Policy.
         * @typedef {nodetrust.Policy.$Properties} nodetrust.Policy.$Shape
         */

        /**
         * Constructs a new Policy.
         * @memberof nodetrust
         * @classdesc Represents a Policy.
         * @constructor
         * @param {nodetrust.Policy.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Policy = function (p) {
            this.addressClasses = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Policy addressClasses.
         * @member {Array.<string>} addressClasses
         * @memberof nodetrust.Policy
         * @instance
         */
        Policy.prototype.addressClasses = $util.emptyArray;

        /**
         * Policy ipNames.
         * @member {boolean} ipNames
         * @memberof nodetrust.Policy
         * @instance
         */
        Policy.prototype.ipNames = false;

        /**
         * Policy maxProofs.
         * @member {number} maxProofs
         * @memberof nodetrust.Policy
         * @instance
         */
        Policy.prototype.maxProofs = 0;

        /**
         * Encodes the specified Policy message. Does not implicitly {@link nodetrust.Policy.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Policy
         * @static
         * @param {nodetrust.Policy.$Properties} m Policy message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Policy.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.addressClasses != null && m.addressClasses.length) {
                for (var i = 0; i < m.addressClasses.length; ++i)
                    w.uint32(/* id 1, wireType 2 =*/10).string(m.addressClasses[i]);
            }
            if (m.ipNames != null && $Object.hasOwnProperty.call(m, "ipNames") && m.ipNames !== false)
                w.uint32(/* id 2, wireType 0 =*/16).bool(m.ipNames);
            if (m.maxProofs != null && $Object.hasOwnProperty.call(m, "maxProofs") && m.maxProofs !== 0)
                w.uint32(/* id 3, wireType 0 =*/24).uint32(m.maxProofs);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Policy message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Policy
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Policy & nodetrust.Policy.$Shape} Policy
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Policy.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Policy();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if (!(m.addressClasses && m.addressClasses.length))
                            m.addressClasses = [];
                        m.addressClasses.push(r.stringVerify());
                        continue;
                    }
                case 2: {
                        if (u !== 0)
                            break;
                        if (v = r.bool())
                            m.ipNames = v;
                        else
                            delete m.ipNames;
                        continue;
                    }
                case 3: {
                        if (u !== 0)
                            break;
                        if (v = r.uint32())
                            m.maxProofs = v;
                        else
                            delete m.maxProofs;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Policy;
    })();

    nodetrust.ProofRequest = (function() {

        /**
         * Properties of a ProofRequest.
         * @typedef {Object} nodetrust.ProofRequest.$Properties
         * @property {string|null} [agent] ProofRequest agent
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ProofRequest.
         * @memberof nodetrust
         * @interface IProofRequest
         * @augments nodetrust.ProofRequest.$Properties
         * @deprecated Use nodetrust.ProofRequest.$Properties instead.
         */

        /**
         * Shape of a ProofRequest.
         * @typedef {nodetrust.ProofRequest.$Properties} nodetrust.ProofRequest.$Shape
         */

        /**
         * Constructs a new ProofRequest.
         * @memberof nodetrust
         * @classdesc Represents a ProofRequest.
         * @constructor
         * @param {nodetrust.ProofRequest.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ProofRequest = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * ProofRequest agent.
         * @member {string} agent
         * @memberof nodetrust.ProofRequest
         * @instance
         */
        ProofRequest.prototype.agent = "";

        /**
         * Encodes the specified ProofRequest message. Does not implicitly {@link nodetrust.ProofRequest.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.ProofRequest
         * @static
         * @param {nodetrust.ProofRequest.$Properties} m ProofRequest message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ProofRequest.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.agent != null && $Object.hasOwnProperty.call(m, "agent") && m.agent !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.agent);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a ProofRequest message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.ProofRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.ProofRequest & nodetrust.ProofRequest.$Shape} ProofRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ProofRequest.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.ProofRequest();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.agent = v;
                        else
                            delete m.agent;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return ProofRequest;
    })();

    nodetrust.ProofResponse = (function() {

        /**
         * Properties of a ProofResponse.
         * @typedef {Object} nodetrust.ProofResponse.$Properties
         * @property {nodetrust.Problem.$Properties|null} [problem] ProofResponse problem
         * @property {Uint8Array|null} [proof] ProofResponse proof
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ProofResponse.
         * @memberof nodetrust
         * @interface IProofResponse
         * @augments nodetrust.ProofResponse.$Properties
         * @deprecated Use nodetrust.ProofResponse.$Properties instead.
         */

        /**
         * Shape of a ProofResponse.
         * @typedef {nodetrust.ProofResponse.$Properties} nodetrust.ProofResponse.$Shape
         */

        /**
         * Constructs a new ProofResponse.
         * @memberof nodetrust
         * @classdesc Represents a ProofResponse.
         * @constructor
         * @param {nodetrust.ProofResponse.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ProofResponse = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * ProofResponse problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.ProofResponse
         * @instance
         */
        ProofResponse.prototype.problem = null;

        /**
         * ProofResponse proof.
         * @member {Uint8Array} proof
         * @memberof nodetrust.ProofResponse
         * @instance
         */
        ProofResponse.prototype.proof = $util.newBuffer([]);

        /**
         * Encodes the specified ProofResponse message. Does not implicitly {@link nodetrust.ProofResponse.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.ProofResponse
         * @static
         * @param {nodetrust.ProofResponse.$Properties} m ProofResponse message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ProofResponse.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.proof != null && $Object.hasOwnProperty.call(m, "proof") && m.proof.length)
                w.uint32(/* id 2, wireType 2 =*/18).bytes(m.proof);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a ProofResponse message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.ProofResponse
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.ProofResponse & nodetrust.ProofResponse.$Shape} ProofResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ProofResponse.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.ProofResponse();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.proof = v;
                        else
                            delete m.proof;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return ProofResponse;
    })();

    nodetrust.Proof = (function() {

        /**
         * Properties of a Proof.
         * @typedef {Object} nodetrust.Proof.$Properties
         * @property {number|null} [timestampMs] Proof timestampMs
         * @property {Uint8Array|null} [peerId] Proof peerId
         * @property {Array.<Uint8Array>|null} [addresses] Proof addresses
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Proof.
         * @memberof nodetrust
         * @interface IProof
         * @augments nodetrust.Proof.$Properties
         * @deprecated Use nodetrust.Proof.$Properties instead.
         */

        /**
         * Shape of a Proof.
         * @typedef {nodetrust.Proof.$Properties} nodetrust.Proof.$Shape
         */

        /**
         * Constructs a new Proof.
         * @memberof nodetrust
         * @classdesc Represents a Proof.
         * @constructor
         * @param {nodetrust.Proof.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Proof = function (p) {
            this.addresses = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Proof timestampMs.
         * @member {number} timestampMs
         * @memberof nodetrust.Proof
         * @instance
         */
        Proof.prototype.timestampMs = 0;

        /**
         * Proof peerId.
         * @member {Uint8Array} peerId
         * @memberof nodetrust.Proof
         * @instance
         */
        Proof.prototype.peerId = $util.newBuffer([]);

        /**
         * Proof addresses.
         * @member {Array.<Uint8Array>} addresses
         * @memberof nodetrust.Proof
         * @instance
         */
        Proof.prototype.addresses = $util.emptyArray;

        /**
         * Encodes the specified Proof message. Does not implicitly {@link nodetrust.Proof.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Proof
         * @static
         * @param {nodetrust.Proof.$Properties} m Proof message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Proof.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.timestampMs != null && $Object.hasOwnProperty.call(m, "timestampMs") && (typeof m.timestampMs === "object" ? m.timestampMs.low || m.timestampMs.high : m.timestampMs !== 0))
                w.uint32(/* id 1, wireType 0 =*/8).uint64(m.timestampMs);
            if (m.peerId != null && $Object.hasOwnProperty.call(m, "peerId") && m.peerId.length)
                w.uint32(/* id 2, wireType 2 =*/18).bytes(m.peerId);
            if (m.addresses != null && m.addresses.length) {
                for (var i = 0; i < m.addresses.length; ++i)
                    w.uint32(/* id 3, wireType 2 =*/26).bytes(m.addresses[i]);
            }
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Proof message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Proof
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Proof & nodetrust.Proof.$Shape} Proof
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Proof.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Proof();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.timestampMs = v;
                        else
                            delete m.timestampMs;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.peerId = v;
                        else
                            delete m.peerId;
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if (!(m.addresses && m.addresses.length))
                            m.addresses = [];
                        m.addresses.push(r.bytes());
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Proof;
    })();

    nodetrust.IssueClientMessage = (function() {

        /**
         * Properties of an IssueClientMessage.
         * @typedef {Object} nodetrust.IssueClientMessage.$Properties
         * @property {nodetrust.IssueRequest.$Properties|null} [request] IssueClientMessage request
         * @property {nodetrust.Csr.$Properties|null} [csr] IssueClientMessage csr
         * @property {"request"|"csr"} [message] IssueClientMessage message
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an IssueClientMessage.
         * @memberof nodetrust
         * @interface IIssueClientMessage
         * @augments nodetrust.IssueClientMessage.$Properties
         * @deprecated Use nodetrust.IssueClientMessage.$Properties instead.
         */

        /**
         * Narrowed shape of an IssueClientMessage.
         * @typedef {{
         *   request?: nodetrust.IssueRequest.$Shape|null;
         *   csr?: nodetrust.Csr.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ message?: undefined; request?: null; csr?: null }|{ message?: "request"; request: nodetrust.IssueRequest.$Shape; csr?: null }|{ message?: "csr"; request?: null; csr: nodetrust.Csr.$Shape })
         * )} nodetrust.IssueClientMessage.$Shape
         */

        /**
         * Constructs a new IssueClientMessage.
         * @memberof nodetrust
         * @classdesc Represents an IssueClientMessage.
         * @constructor
         * @param {nodetrust.IssueClientMessage.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const IssueClientMessage = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * IssueClientMessage request.
         * @member {nodetrust.IssueRequest.$Properties|null|undefined} request
         * @memberof nodetrust.IssueClientMessage
         * @instance
         */
        IssueClientMessage.prototype.request = null;

        /**
         * IssueClientMessage csr.
         * @member {nodetrust.Csr.$Properties|null|undefined} csr
         * @memberof nodetrust.IssueClientMessage
         * @instance
         */
        IssueClientMessage.prototype.csr = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * IssueClientMessage message.
         * @member {"request"|"csr"|undefined} message
         * @memberof nodetrust.IssueClientMessage
         * @instance
         */
        $Object.defineProperty(IssueClientMessage.prototype, "message", {
            get: $util.oneOfGetter($oneOfFields = ["request", "csr"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified IssueClientMessage message. Does not implicitly {@link nodetrust.IssueClientMessage.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.IssueClientMessage
         * @static
         * @param {nodetrust.IssueClientMessage.$Properties} m IssueClientMessage message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        IssueClientMessage.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.request != null && $Object.hasOwnProperty.call(m, "request"))
                $root.nodetrust.IssueRequest.encode(m.request, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.csr != null && $Object.hasOwnProperty.call(m, "csr"))
                $root.nodetrust.Csr.encode(m.csr, w.uint32(/* id 2, wireType 2 =*/18).fork(), q + 1).ldelim();
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an IssueClientMessage message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.IssueClientMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.IssueClientMessage & nodetrust.IssueClientMessage.$Shape} IssueClientMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        IssueClientMessage.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.IssueClientMessage();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.request = $root.nodetrust.IssueRequest.decode(r, r.size(), $undefined, q + 1, m.request);
                        m.message = "request";
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        m.csr = $root.nodetrust.Csr.decode(r, r.size(), $undefined, q + 1, m.csr);
                        m.message = "csr";
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return IssueClientMessage;
    })();

    nodetrust.IssueServerMessage = (function() {

        /**
         * Properties of an IssueServerMessage.
         * @typedef {Object} nodetrust.IssueServerMessage.$Properties
         * @property {nodetrust.Grant.$Properties|null} [grant] IssueServerMessage grant
         * @property {nodetrust.Progress.$Properties|null} [progress] IssueServerMessage progress
         * @property {nodetrust.IssuedCertificate.$Properties|null} [certificate] IssueServerMessage certificate
         * @property {nodetrust.Problem.$Properties|null} [problem] IssueServerMessage problem
         * @property {"grant"|"progress"|"certificate"|"problem"} [message] IssueServerMessage message
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an IssueServerMessage.
         * @memberof nodetrust
         * @interface IIssueServerMessage
         * @augments nodetrust.IssueServerMessage.$Properties
         * @deprecated Use nodetrust.IssueServerMessage.$Properties instead.
         */

        /**
         * Narrowed shape of an IssueServerMessage.
         * @typedef {{
         *   grant?: nodetrust.Grant.$Shape|null;
         *   progress?: nodetrust.Progress.$Shape|null;
         *   certificate?: nodetrust.IssuedCertificate.$Shape|null;
         *   problem?: nodetrust.Problem.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ message?: undefined; grant?: null; progress?: null; certificate?: null; problem?: null }|{ message?: "grant"; grant: nodetrust.Grant.$Shape; progress?: null; certificate?: null; problem?: null }|{ message?: "progress"; grant?: null; progress: nodetrust.Progress.$Shape; certificate?: null; problem?: null }|{ message?: "certificate"; grant?: null; progress?: null; certificate: nodetrust.IssuedCertificate.$Shape; problem?: null }|{ message?: "problem"; grant?: null; progress?: null; certificate?: null; problem: nodetrust.Problem.$Shape })
         * )} nodetrust.IssueServerMessage.$Shape
         */

        /**
         * Constructs a new IssueServerMessage.
         * @memberof nodetrust
         * @classdesc Represents an IssueServerMessage.
         * @constructor
         * @param {nodetrust.IssueServerMessage.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const IssueServerMessage = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * IssueServerMessage grant.
         * @member {nodetrust.Grant.$Properties|null|undefined} grant
         * @memberof nodetrust.IssueServerMessage
         * @instance
         */
        IssueServerMessage.prototype.grant = null;

        /**
         * IssueServerMessage progress.
         * @member {nodetrust.Progress.$Properties|null|undefined} progress
         * @memberof nodetrust.IssueServerMessage
         * @instance
         */
        IssueServerMessage.prototype.progress = null;

        /**
         * IssueServerMessage certificate.
         * @member {nodetrust.IssuedCertificate.$Properties|null|undefined} certificate
         * @memberof nodetrust.IssueServerMessage
         * @instance
         */
        IssueServerMessage.prototype.certificate = null;

        /**
         * IssueServerMessage problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.IssueServerMessage
         * @instance
         */
        IssueServerMessage.prototype.problem = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * IssueServerMessage message.
         * @member {"grant"|"progress"|"certificate"|"problem"|undefined} message
         * @memberof nodetrust.IssueServerMessage
         * @instance
         */
        $Object.defineProperty(IssueServerMessage.prototype, "message", {
            get: $util.oneOfGetter($oneOfFields = ["grant", "progress", "certificate", "problem"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified IssueServerMessage message. Does not implicitly {@link nodetrust.IssueServerMessage.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.IssueServerMessage
         * @static
         * @param {nodetrust.IssueServerMessage.$Properties} m IssueServerMessage message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        IssueServerMessage.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.grant != null && $Object.hasOwnProperty.call(m, "grant"))
                $root.nodetrust.Grant.encode(m.grant, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.progress != null && $Object.hasOwnProperty.call(m, "progress"))
                $root.nodetrust.Progress.encode(m.progress, w.uint32(/* id 2, wireType 2 =*/18).fork(), q + 1).ldelim();
            if (m.certificate != null && $Object.hasOwnProperty.call(m, "certificate"))
                $root.nodetrust.IssuedCertificate.encode(m.certificate, w.uint32(/* id 3, wireType 2 =*/26).fork(), q + 1).ldelim();
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 4, wireType 2 =*/34).fork(), q + 1).ldelim();
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an IssueServerMessage message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.IssueServerMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.IssueServerMessage & nodetrust.IssueServerMessage.$Shape} IssueServerMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        IssueServerMessage.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.IssueServerMessage();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.grant = $root.nodetrust.Grant.decode(r, r.size(), $undefined, q + 1, m.grant);
                        m.message = "grant";
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        m.progress = $root.nodetrust.Progress.decode(r, r.size(), $undefined, q + 1, m.progress);
                        m.message = "progress";
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        m.certificate = $root.nodetrust.IssuedCertificate.decode(r, r.size(), $undefined, q + 1, m.certificate);
                        m.message = "certificate";
                        continue;
                    }
                case 4: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        m.message = "problem";
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return IssueServerMessage;
    })();

    /**
     * NameKind enum.
     * @name nodetrust.NameKind
     * @enum {number}
     * @property {number} NAME_KIND_UNKNOWN=0 NAME_KIND_UNKNOWN value
     * @property {number} IDENTITY=1 IDENTITY value
     * @property {number} IP=2 IP value
     */
    nodetrust.NameKind = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "NAME_KIND_UNKNOWN"] = 0;
        values[valuesById[1] = "IDENTITY"] = 1;
        values[valuesById[2] = "IP"] = 2;
        return values;
    })();

    nodetrust.IssueRequest = (function() {

        /**
         * Properties of an IssueRequest.
         * @typedef {Object} nodetrust.IssueRequest.$Properties
         * @property {Array.<Uint8Array>|null} [proofs] IssueRequest proofs
         * @property {Array.<nodetrust.KeyAlgorithm>|null} [keyAlgorithms] IssueRequest keyAlgorithms
         * @property {Array.<nodetrust.NameKind>|null} [wanted] IssueRequest wanted
         * @property {string|null} [profile] IssueRequest profile
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an IssueRequest.
         * @memberof nodetrust
         * @interface IIssueRequest
         * @augments nodetrust.IssueRequest.$Properties
         * @deprecated Use nodetrust.IssueRequest.$Properties instead.
         */

        /**
         * Shape of an IssueRequest.
         * @typedef {nodetrust.IssueRequest.$Properties} nodetrust.IssueRequest.$Shape
         */

        /**
         * Constructs a new IssueRequest.
         * @memberof nodetrust
         * @classdesc Represents an IssueRequest.
         * @constructor
         * @param {nodetrust.IssueRequest.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const IssueRequest = function (p) {
            this.proofs = [];
            this.keyAlgorithms = [];
            this.wanted = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * IssueRequest proofs.
         * @member {Array.<Uint8Array>} proofs
         * @memberof nodetrust.IssueRequest
         * @instance
         */
        IssueRequest.prototype.proofs = $util.emptyArray;

        /**
         * IssueRequest keyAlgorithms.
         * @member {Array.<nodetrust.KeyAlgorithm>} keyAlgorithms
         * @memberof nodetrust.IssueRequest
         * @instance
         */
        IssueRequest.prototype.keyAlgorithms = $util.emptyArray;

        /**
         * IssueRequest wanted.
         * @member {Array.<nodetrust.NameKind>} wanted
         * @memberof nodetrust.IssueRequest
         * @instance
         */
        IssueRequest.prototype.wanted = $util.emptyArray;

        /**
         * IssueRequest profile.
         * @member {string} profile
         * @memberof nodetrust.IssueRequest
         * @instance
         */
        IssueRequest.prototype.profile = "";

        /**
         * Encodes the specified IssueRequest message. Does not implicitly {@link nodetrust.IssueRequest.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.IssueRequest
         * @static
         * @param {nodetrust.IssueRequest.$Properties} m IssueRequest message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        IssueRequest.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.proofs != null && m.proofs.length) {
                for (var i = 0; i < m.proofs.length; ++i)
                    w.uint32(/* id 1, wireType 2 =*/10).bytes(m.proofs[i]);
            }
            if (m.keyAlgorithms != null && m.keyAlgorithms.length) {
                w.uint32(/* id 2, wireType 2 =*/18).int32s(m.keyAlgorithms);
            }
            if (m.wanted != null && m.wanted.length) {
                w.uint32(/* id 3, wireType 2 =*/26).int32s(m.wanted);
            }
            if (m.profile != null && $Object.hasOwnProperty.call(m, "profile") && m.profile !== "")
                w.uint32(/* id 4, wireType 2 =*/34).string(m.profile);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an IssueRequest message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.IssueRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.IssueRequest & nodetrust.IssueRequest.$Shape} IssueRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        IssueRequest.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.IssueRequest();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if (!(m.proofs && m.proofs.length))
                            m.proofs = [];
                        m.proofs.push(r.bytes());
                        continue;
                    }
                case 2: {
                        if (u === 2) {
                            if (!(m.keyAlgorithms && m.keyAlgorithms.length))
                                m.keyAlgorithms = [];
                            r.int32s(m.keyAlgorithms);
                            continue;
                        }
                        if (u !== 0)
                            break;
                        if (!(m.keyAlgorithms && m.keyAlgorithms.length))
                            m.keyAlgorithms = [];
                        m.keyAlgorithms.push(r.int32());
                        continue;
                    }
                case 3: {
                        if (u === 2) {
                            if (!(m.wanted && m.wanted.length))
                                m.wanted = [];
                            r.int32s(m.wanted);
                            continue;
                        }
                        if (u !== 0)
                            break;
                        if (!(m.wanted && m.wanted.length))
                            m.wanted = [];
                        m.wanted.push(r.int32());
                        continue;
                    }
                case 4: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.profile = v;
                        else
                            delete m.profile;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return IssueRequest;
    })();

    nodetrust.Grant = (function() {

        /**
         * Properties of a Grant.
         * @typedef {Object} nodetrust.Grant.$Properties
         * @property {Array.<string>|null} [names] Grant names
         * @property {nodetrust.KeyAlgorithm|null} [keyAlgorithm] Grant keyAlgorithm
         * @property {Array.<nodetrust.LeftOut.$Properties>|null} [leftOut] Grant leftOut
         * @property {Array.<Uint8Array>|null} [addresses] Grant addresses
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Grant.
         * @memberof nodetrust
         * @interface IGrant
         * @augments nodetrust.Grant.$Properties
         * @deprecated Use nodetrust.Grant.$Properties instead.
         */

        /**
         * Shape of a Grant.
         * @typedef {nodetrust.Grant.$Properties} nodetrust.Grant.$Shape
         */

        /**
         * Constructs a new Grant.
         * @memberof nodetrust
         * @classdesc Represents a Grant.
         * @constructor
         * @param {nodetrust.Grant.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Grant = function (p) {
            this.names = [];
            this.leftOut = [];
            this.addresses = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Grant names.
         * @member {Array.<string>} names
         * @memberof nodetrust.Grant
         * @instance
         */
        Grant.prototype.names = $util.emptyArray;

        /**
         * Grant keyAlgorithm.
         * @member {nodetrust.KeyAlgorithm} keyAlgorithm
         * @memberof nodetrust.Grant
         * @instance
         */
        Grant.prototype.keyAlgorithm = 0;

        /**
         * Grant leftOut.
         * @member {Array.<nodetrust.LeftOut.$Properties>} leftOut
         * @memberof nodetrust.Grant
         * @instance
         */
        Grant.prototype.leftOut = $util.emptyArray;

        /**
         * Grant addresses.
         * @member {Array.<Uint8Array>} addresses
         * @memberof nodetrust.Grant
         * @instance
         */
        Grant.prototype.addresses = $util.emptyArray;

        /**
         * Encodes the specified Grant message. Does not implicitly {@link nodetrust.Grant.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Grant
         * @static
         * @param {nodetrust.Grant.$Properties} m Grant message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Grant.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.names != null && m.names.length) {
                for (var i = 0; i < m.names.length; ++i)
                    w.uint32(/* id 1, wireType 2 =*/10).string(m.names[i]);
            }
            if (m.keyAlgorithm != null && $Object.hasOwnProperty.call(m, "keyAlgorithm") && m.keyAlgorithm !== 0)
                w.uint32(/* id 2, wireType 0 =*/16).int32(m.keyAlgorithm);
            if (m.leftOut != null && m.leftOut.length) {
                for (var i = 0; i < m.leftOut.length; ++i)
                    $root.nodetrust.LeftOut.encode(m.leftOut[i], w.uint32(/* id 3, wireType 2 =*/26).fork(), q + 1).ldelim();
            }
            if (m.addresses != null && m.addresses.length) {
                for (var i = 0; i < m.addresses.length; ++i)
                    w.uint32(/* id 4, wireType 2 =*/34).bytes(m.addresses[i]);
            }
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Grant message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Grant
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Grant & nodetrust.Grant.$Shape} Grant
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Grant.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Grant();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if (!(m.names && m.names.length))
                            m.names = [];
                        m.names.push(r.stringVerify());
                        continue;
                    }
                case 2: {
                        if (u !== 0)
                            break;
                        if (v = r.int32())
                            m.keyAlgorithm = v;
                        else
                            delete m.keyAlgorithm;
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if (!(m.leftOut && m.leftOut.length))
                            m.leftOut = [];
                        m.leftOut.push($root.nodetrust.LeftOut.decode(r, r.size(), $undefined, q + 1));
                        continue;
                    }
                case 4: {
                        if (u !== 2)
                            break;
                        if (!(m.addresses && m.addresses.length))
                            m.addresses = [];
                        m.addresses.push(r.bytes());
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Grant;
    })();

    nodetrust.LeftOut = (function() {

        /**
         * Properties of a LeftOut.
         * @typedef {Object} nodetrust.LeftOut.$Properties
         * @property {string|null} [name] LeftOut name
         * @property {string|null} [reason] LeftOut reason
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a LeftOut.
         * @memberof nodetrust
         * @interface ILeftOut
         * @augments nodetrust.LeftOut.$Properties
         * @deprecated Use nodetrust.LeftOut.$Properties instead.
         */

        /**
         * Shape of a LeftOut.
         * @typedef {nodetrust.LeftOut.$Properties} nodetrust.LeftOut.$Shape
         */

        /**
         * Constructs a new LeftOut.
         * @memberof nodetrust
         * @classdesc Represents a LeftOut.
         * @constructor
         * @param {nodetrust.LeftOut.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const LeftOut = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * LeftOut name.
         * @member {string} name
         * @memberof nodetrust.LeftOut
         * @instance
         */
        LeftOut.prototype.name = "";

        /**
         * LeftOut reason.
         * @member {string} reason
         * @memberof nodetrust.LeftOut
         * @instance
         */
        LeftOut.prototype.reason = "";

        /**
         * Encodes the specified LeftOut message. Does not implicitly {@link nodetrust.LeftOut.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.LeftOut
         * @static
         * @param {nodetrust.LeftOut.$Properties} m LeftOut message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        LeftOut.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.name != null && $Object.hasOwnProperty.call(m, "name") && m.name !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.name);
            if (m.reason != null && $Object.hasOwnProperty.call(m, "reason") && m.reason !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.reason);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a LeftOut message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.LeftOut
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.LeftOut & nodetrust.LeftOut.$Shape} LeftOut
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        LeftOut.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.LeftOut();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.name = v;
                        else
                            delete m.name;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.reason = v;
                        else
                            delete m.reason;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return LeftOut;
    })();

    nodetrust.Csr = (function() {

        /**
         * Properties of a Csr.
         * @typedef {Object} nodetrust.Csr.$Properties
         * @property {Uint8Array|null} [der] Csr der
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Csr.
         * @memberof nodetrust
         * @interface ICsr
         * @augments nodetrust.Csr.$Properties
         * @deprecated Use nodetrust.Csr.$Properties instead.
         */

        /**
         * Shape of a Csr.
         * @typedef {nodetrust.Csr.$Properties} nodetrust.Csr.$Shape
         */

        /**
         * Constructs a new Csr.
         * @memberof nodetrust
         * @classdesc Represents a Csr.
         * @constructor
         * @param {nodetrust.Csr.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Csr = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Csr der.
         * @member {Uint8Array} der
         * @memberof nodetrust.Csr
         * @instance
         */
        Csr.prototype.der = $util.newBuffer([]);

        /**
         * Encodes the specified Csr message. Does not implicitly {@link nodetrust.Csr.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Csr
         * @static
         * @param {nodetrust.Csr.$Properties} m Csr message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Csr.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.der != null && $Object.hasOwnProperty.call(m, "der") && m.der.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.der);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Csr message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Csr
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Csr & nodetrust.Csr.$Shape} Csr
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Csr.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Csr();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.der = v;
                        else
                            delete m.der;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Csr;
    })();

    nodetrust.Progress = (function() {

        /**
         * Properties of a Progress.
         * @typedef {Object} nodetrust.Progress.$Properties
         * @property {string|null} [step] Progress step
         * @property {string|null} [detail] Progress detail
         * @property {number|null} [position] Progress position
         * @property {number|null} [expectedSeconds] Progress expectedSeconds
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Progress.
         * @memberof nodetrust
         * @interface IProgress
         * @augments nodetrust.Progress.$Properties
         * @deprecated Use nodetrust.Progress.$Properties instead.
         */

        /**
         * Shape of a Progress.
         * @typedef {nodetrust.Progress.$Properties} nodetrust.Progress.$Shape
         */

        /**
         * Constructs a new Progress.
         * @memberof nodetrust
         * @classdesc Represents a Progress.
         * @constructor
         * @param {nodetrust.Progress.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Progress = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Progress step.
         * @member {string} step
         * @memberof nodetrust.Progress
         * @instance
         */
        Progress.prototype.step = "";

        /**
         * Progress detail.
         * @member {string} detail
         * @memberof nodetrust.Progress
         * @instance
         */
        Progress.prototype.detail = "";

        /**
         * Progress position.
         * @member {number} position
         * @memberof nodetrust.Progress
         * @instance
         */
        Progress.prototype.position = 0;

        /**
         * Progress expectedSeconds.
         * @member {number} expectedSeconds
         * @memberof nodetrust.Progress
         * @instance
         */
        Progress.prototype.expectedSeconds = 0;

        /**
         * Encodes the specified Progress message. Does not implicitly {@link nodetrust.Progress.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Progress
         * @static
         * @param {nodetrust.Progress.$Properties} m Progress message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Progress.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.step != null && $Object.hasOwnProperty.call(m, "step") && m.step !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.step);
            if (m.detail != null && $Object.hasOwnProperty.call(m, "detail") && m.detail !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.detail);
            if (m.position != null && $Object.hasOwnProperty.call(m, "position") && m.position !== 0)
                w.uint32(/* id 3, wireType 0 =*/24).uint32(m.position);
            if (m.expectedSeconds != null && $Object.hasOwnProperty.call(m, "expectedSeconds") && m.expectedSeconds !== 0)
                w.uint32(/* id 4, wireType 0 =*/32).uint32(m.expectedSeconds);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Progress message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Progress
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Progress & nodetrust.Progress.$Shape} Progress
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Progress.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Progress();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.step = v;
                        else
                            delete m.step;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.detail = v;
                        else
                            delete m.detail;
                        continue;
                    }
                case 3: {
                        if (u !== 0)
                            break;
                        if (v = r.uint32())
                            m.position = v;
                        else
                            delete m.position;
                        continue;
                    }
                case 4: {
                        if (u !== 0)
                            break;
                        if (v = r.uint32())
                            m.expectedSeconds = v;
                        else
                            delete m.expectedSeconds;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Progress;
    })();

    nodetrust.IssuedCertificate = (function() {

        /**
         * Properties of an IssuedCertificate.
         * @typedef {Object} nodetrust.IssuedCertificate.$Properties
         * @property {string|null} [chain] IssuedCertificate chain
         * @property {number|null} [renewFromMs] IssuedCertificate renewFromMs
         * @property {number|null} [renewUntilMs] IssuedCertificate renewUntilMs
         * @property {boolean|null} [reused] IssuedCertificate reused
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an IssuedCertificate.
         * @memberof nodetrust
         * @interface IIssuedCertificate
         * @augments nodetrust.IssuedCertificate.$Properties
         * @deprecated Use nodetrust.IssuedCertificate.$Properties instead.
         */

        /**
         * Shape of an IssuedCertificate.
         * @typedef {nodetrust.IssuedCertificate.$Properties} nodetrust.IssuedCertificate.$Shape
         */

        /**
         * Constructs a new IssuedCertificate.
         * @memberof nodetrust
         * @classdesc Represents an IssuedCertificate.
         * @constructor
         * @param {nodetrust.IssuedCertificate.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const IssuedCertificate = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * IssuedCertificate chain.
         * @member {string} chain
         * @memberof nodetrust.IssuedCertificate
         * @instance
         */
        IssuedCertificate.prototype.chain = "";

        /**
         * IssuedCertificate renewFromMs.
         * @member {number} renewFromMs
         * @memberof nodetrust.IssuedCertificate
         * @instance
         */
        IssuedCertificate.prototype.renewFromMs = 0;

        /**
         * IssuedCertificate renewUntilMs.
         * @member {number} renewUntilMs
         * @memberof nodetrust.IssuedCertificate
         * @instance
         */
        IssuedCertificate.prototype.renewUntilMs = 0;

        /**
         * IssuedCertificate reused.
         * @member {boolean} reused
         * @memberof nodetrust.IssuedCertificate
         * @instance
         */
        IssuedCertificate.prototype.reused = false;

        /**
         * Encodes the specified IssuedCertificate message. Does not implicitly {@link nodetrust.IssuedCertificate.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.IssuedCertificate
         * @static
         * @param {nodetrust.IssuedCertificate.$Properties} m IssuedCertificate message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        IssuedCertificate.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.chain != null && $Object.hasOwnProperty.call(m, "chain") && m.chain !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.chain);
            if (m.renewFromMs != null && $Object.hasOwnProperty.call(m, "renewFromMs") && (typeof m.renewFromMs === "object" ? m.renewFromMs.low || m.renewFromMs.high : m.renewFromMs !== 0))
                w.uint32(/* id 2, wireType 0 =*/16).uint64(m.renewFromMs);
            if (m.renewUntilMs != null && $Object.hasOwnProperty.call(m, "renewUntilMs") && (typeof m.renewUntilMs === "object" ? m.renewUntilMs.low || m.renewUntilMs.high : m.renewUntilMs !== 0))
                w.uint32(/* id 3, wireType 0 =*/24).uint64(m.renewUntilMs);
            if (m.reused != null && $Object.hasOwnProperty.call(m, "reused") && m.reused !== false)
                w.uint32(/* id 4, wireType 0 =*/32).bool(m.reused);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an IssuedCertificate message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.IssuedCertificate
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.IssuedCertificate & nodetrust.IssuedCertificate.$Shape} IssuedCertificate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        IssuedCertificate.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.IssuedCertificate();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.chain = v;
                        else
                            delete m.chain;
                        continue;
                    }
                case 2: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.renewFromMs = v;
                        else
                            delete m.renewFromMs;
                        continue;
                    }
                case 3: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.renewUntilMs = v;
                        else
                            delete m.renewUntilMs;
                        continue;
                    }
                case 4: {
                        if (u !== 0)
                            break;
                        if (v = r.bool())
                            m.reused = v;
                        else
                            delete m.reused;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return IssuedCertificate;
    })();

    nodetrust.RenewalRequest = (function() {

        /**
         * Properties of a RenewalRequest.
         * @typedef {Object} nodetrust.RenewalRequest.$Properties
         * @property {string|null} [certificateId] RenewalRequest certificateId
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RenewalRequest.
         * @memberof nodetrust
         * @interface IRenewalRequest
         * @augments nodetrust.RenewalRequest.$Properties
         * @deprecated Use nodetrust.RenewalRequest.$Properties instead.
         */

        /**
         * Shape of a RenewalRequest.
         * @typedef {nodetrust.RenewalRequest.$Properties} nodetrust.RenewalRequest.$Shape
         */

        /**
         * Constructs a new RenewalRequest.
         * @memberof nodetrust
         * @classdesc Represents a RenewalRequest.
         * @constructor
         * @param {nodetrust.RenewalRequest.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RenewalRequest = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * RenewalRequest certificateId.
         * @member {string} certificateId
         * @memberof nodetrust.RenewalRequest
         * @instance
         */
        RenewalRequest.prototype.certificateId = "";

        /**
         * Encodes the specified RenewalRequest message. Does not implicitly {@link nodetrust.RenewalRequest.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.RenewalRequest
         * @static
         * @param {nodetrust.RenewalRequest.$Properties} m RenewalRequest message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RenewalRequest.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.certificateId != null && $Object.hasOwnProperty.call(m, "certificateId") && m.certificateId !== "")
                w.uint32(/* id 1, wireType 2 =*/10).string(m.certificateId);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a RenewalRequest message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.RenewalRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.RenewalRequest & nodetrust.RenewalRequest.$Shape} RenewalRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RenewalRequest.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.RenewalRequest();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.certificateId = v;
                        else
                            delete m.certificateId;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return RenewalRequest;
    })();

    nodetrust.RenewalResponse = (function() {

        /**
         * Properties of a RenewalResponse.
         * @typedef {Object} nodetrust.RenewalResponse.$Properties
         * @property {nodetrust.Problem.$Properties|null} [problem] RenewalResponse problem
         * @property {number|null} [renewFromMs] RenewalResponse renewFromMs
         * @property {number|null} [renewUntilMs] RenewalResponse renewUntilMs
         * @property {number|null} [askAgainMs] RenewalResponse askAgainMs
         * @property {string|null} [explanationUrl] RenewalResponse explanationUrl
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RenewalResponse.
         * @memberof nodetrust
         * @interface IRenewalResponse
         * @augments nodetrust.RenewalResponse.$Properties
         * @deprecated Use nodetrust.RenewalResponse.$Properties instead.
         */

        /**
         * Shape of a RenewalResponse.
         * @typedef {nodetrust.RenewalResponse.$Properties} nodetrust.RenewalResponse.$Shape
         */

        /**
         * Constructs a new RenewalResponse.
         * @memberof nodetrust
         * @classdesc Represents a RenewalResponse.
         * @constructor
         * @param {nodetrust.RenewalResponse.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RenewalResponse = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * RenewalResponse problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.RenewalResponse
         * @instance
         */
        RenewalResponse.prototype.problem = null;

        /**
         * RenewalResponse renewFromMs.
         * @member {number} renewFromMs
         * @memberof nodetrust.RenewalResponse
         * @instance
         */
        RenewalResponse.prototype.renewFromMs = 0;

        /**
         * RenewalResponse renewUntilMs.
         * @member {number} renewUntilMs
         * @memberof nodetrust.RenewalResponse
         * @instance
         */
        RenewalResponse.prototype.renewUntilMs = 0;

        /**
         * RenewalResponse askAgainMs.
         * @member {number} askAgainMs
         * @memberof nodetrust.RenewalResponse
         * @instance
         */
        RenewalResponse.prototype.askAgainMs = 0;

        /**
         * RenewalResponse explanationUrl.
         * @member {string} explanationUrl
         * @memberof nodetrust.RenewalResponse
         * @instance
         */
        RenewalResponse.prototype.explanationUrl = "";

        /**
         * Encodes the specified RenewalResponse message. Does not implicitly {@link nodetrust.RenewalResponse.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.RenewalResponse
         * @static
         * @param {nodetrust.RenewalResponse.$Properties} m RenewalResponse message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RenewalResponse.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.renewFromMs != null && $Object.hasOwnProperty.call(m, "renewFromMs") && (typeof m.renewFromMs === "object" ? m.renewFromMs.low || m.renewFromMs.high : m.renewFromMs !== 0))
                w.uint32(/* id 2, wireType 0 =*/16).uint64(m.renewFromMs);
            if (m.renewUntilMs != null && $Object.hasOwnProperty.call(m, "renewUntilMs") && (typeof m.renewUntilMs === "object" ? m.renewUntilMs.low || m.renewUntilMs.high : m.renewUntilMs !== 0))
                w.uint32(/* id 3, wireType 0 =*/24).uint64(m.renewUntilMs);
            if (m.askAgainMs != null && $Object.hasOwnProperty.call(m, "askAgainMs") && (typeof m.askAgainMs === "object" ? m.askAgainMs.low || m.askAgainMs.high : m.askAgainMs !== 0))
                w.uint32(/* id 4, wireType 0 =*/32).uint64(m.askAgainMs);
            if (m.explanationUrl != null && $Object.hasOwnProperty.call(m, "explanationUrl") && m.explanationUrl !== "")
                w.uint32(/* id 5, wireType 2 =*/42).string(m.explanationUrl);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a RenewalResponse message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.RenewalResponse
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.RenewalResponse & nodetrust.RenewalResponse.$Shape} RenewalResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RenewalResponse.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.RenewalResponse();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        continue;
                    }
                case 2: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.renewFromMs = v;
                        else
                            delete m.renewFromMs;
                        continue;
                    }
                case 3: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.renewUntilMs = v;
                        else
                            delete m.renewUntilMs;
                        continue;
                    }
                case 4: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.askAgainMs = v;
                        else
                            delete m.askAgainMs;
                        continue;
                    }
                case 5: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.explanationUrl = v;
                        else
                            delete m.explanationUrl;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return RenewalResponse;
    })();

    nodetrust.Dns01Request = (function() {

        /**
         * Properties of a Dns01Request.
         * @typedef {Object} nodetrust.Dns01Request.$Properties
         * @property {nodetrust.Dns01Request.Action|null} [action] Dns01Request action
         * @property {string|null} [name] Dns01Request name
         * @property {string|null} [value] Dns01Request value
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Dns01Request.
         * @memberof nodetrust
         * @interface IDns01Request
         * @augments nodetrust.Dns01Request.$Properties
         * @deprecated Use nodetrust.Dns01Request.$Properties instead.
         */

        /**
         * Shape of a Dns01Request.
         * @typedef {nodetrust.Dns01Request.$Properties} nodetrust.Dns01Request.$Shape
         */

        /**
         * Constructs a new Dns01Request.
         * @memberof nodetrust
         * @classdesc Represents a Dns01Request.
         * @constructor
         * @param {nodetrust.Dns01Request.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Dns01Request = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Dns01Request action.
         * @member {nodetrust.Dns01Request.Action} action
         * @memberof nodetrust.Dns01Request
         * @instance
         */
        Dns01Request.prototype.action = 0;

        /**
         * Dns01Request name.
         * @member {string} name
         * @memberof nodetrust.Dns01Request
         * @instance
         */
        Dns01Request.prototype.name = "";

        /**
         * Dns01Request value.
         * @member {string} value
         * @memberof nodetrust.Dns01Request
         * @instance
         */
        Dns01Request.prototype.value = "";

        /**
         * Encodes the specified Dns01Request message. Does not implicitly {@link nodetrust.Dns01Request.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Dns01Request
         * @static
         * @param {nodetrust.Dns01Request.$Properties} m Dns01Request message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Dns01Request.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.action != null && $Object.hasOwnProperty.call(m, "action") && m.action !== 0)
                w.uint32(/* id 1, wireType 0 =*/8).int32(m.action);
            if (m.name != null && $Object.hasOwnProperty.call(m, "name") && m.name !== "")
                w.uint32(/* id 2, wireType 2 =*/18).string(m.name);
            if (m.value != null && $Object.hasOwnProperty.call(m, "value") && m.value !== "")
                w.uint32(/* id 3, wireType 2 =*/26).string(m.value);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Dns01Request message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Dns01Request
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Dns01Request & nodetrust.Dns01Request.$Shape} Dns01Request
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Dns01Request.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Dns01Request();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 0)
                            break;
                        if (v = r.int32())
                            m.action = v;
                        else
                            delete m.action;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.name = v;
                        else
                            delete m.name;
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.value = v;
                        else
                            delete m.value;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        /**
         * Action enum.
         * @name nodetrust.Dns01Request.Action
         * @enum {number}
         * @property {number} UNKNOWN=0 UNKNOWN value
         * @property {number} SET=1 SET value
         * @property {number} REMOVE=2 REMOVE value
         * @property {number} PIN=3 PIN value
         * @property {number} SYNC=4 SYNC value
         * @property {number} IN_STEP=5 IN_STEP value
         * @property {number} LEAVE=6 LEAVE value
         * @property {number} ISSUERS=7 ISSUERS value
         */
        Dns01Request.Action = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UNKNOWN"] = 0;
            values[valuesById[1] = "SET"] = 1;
            values[valuesById[2] = "REMOVE"] = 2;
            values[valuesById[3] = "PIN"] = 3;
            values[valuesById[4] = "SYNC"] = 4;
            values[valuesById[5] = "IN_STEP"] = 5;
            values[valuesById[6] = "LEAVE"] = 6;
            values[valuesById[7] = "ISSUERS"] = 7;
            return values;
        })();

        return Dns01Request;
    })();

    nodetrust.Dns01Response = (function() {

        /**
         * Properties of a Dns01Response.
         * @typedef {Object} nodetrust.Dns01Response.$Properties
         * @property {nodetrust.Problem.$Properties|null} [problem] Dns01Response problem
         * @property {number|null} [expiresMs] Dns01Response expiresMs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Dns01Response.
         * @memberof nodetrust
         * @interface IDns01Response
         * @augments nodetrust.Dns01Response.$Properties
         * @deprecated Use nodetrust.Dns01Response.$Properties instead.
         */

        /**
         * Shape of a Dns01Response.
         * @typedef {nodetrust.Dns01Response.$Properties} nodetrust.Dns01Response.$Shape
         */

        /**
         * Constructs a new Dns01Response.
         * @memberof nodetrust
         * @classdesc Represents a Dns01Response.
         * @constructor
         * @param {nodetrust.Dns01Response.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Dns01Response = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * Dns01Response problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.Dns01Response
         * @instance
         */
        Dns01Response.prototype.problem = null;

        /**
         * Dns01Response expiresMs.
         * @member {number} expiresMs
         * @memberof nodetrust.Dns01Response
         * @instance
         */
        Dns01Response.prototype.expiresMs = 0;

        /**
         * Encodes the specified Dns01Response message. Does not implicitly {@link nodetrust.Dns01Response.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.Dns01Response
         * @static
         * @param {nodetrust.Dns01Response.$Properties} m Dns01Response message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Dns01Response.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.expiresMs != null && $Object.hasOwnProperty.call(m, "expiresMs") && (typeof m.expiresMs === "object" ? m.expiresMs.low || m.expiresMs.high : m.expiresMs !== 0))
                w.uint32(/* id 2, wireType 0 =*/16).uint64(m.expiresMs);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a Dns01Response message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.Dns01Response
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.Dns01Response & nodetrust.Dns01Response.$Shape} Dns01Response
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Dns01Response.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.Dns01Response();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        continue;
                    }
                case 2: {
                        if (u !== 0)
                            break;
                        if (typeof (v = $number(r.uint64())) === "object" ? v.low || v.high : v !== 0)
                            m.expiresMs = v;
                        else
                            delete m.expiresMs;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return Dns01Response;
    })();

    nodetrust.PeerRecordsRequest = (function() {

        /**
         * Properties of a PeerRecordsRequest.
         * @typedef {Object} nodetrust.PeerRecordsRequest.$Properties
         * @property {Array.<Uint8Array>|null} [peers] PeerRecordsRequest peers
         * @property {nodetrust.RecordSummary.$Properties|null} [summary] PeerRecordsRequest summary
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PeerRecordsRequest.
         * @memberof nodetrust
         * @interface IPeerRecordsRequest
         * @augments nodetrust.PeerRecordsRequest.$Properties
         * @deprecated Use nodetrust.PeerRecordsRequest.$Properties instead.
         */

        /**
         * Shape of a PeerRecordsRequest.
         * @typedef {nodetrust.PeerRecordsRequest.$Properties} nodetrust.PeerRecordsRequest.$Shape
         */

        /**
         * Constructs a new PeerRecordsRequest.
         * @memberof nodetrust
         * @classdesc Represents a PeerRecordsRequest.
         * @constructor
         * @param {nodetrust.PeerRecordsRequest.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PeerRecordsRequest = function (p) {
            this.peers = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * PeerRecordsRequest peers.
         * @member {Array.<Uint8Array>} peers
         * @memberof nodetrust.PeerRecordsRequest
         * @instance
         */
        PeerRecordsRequest.prototype.peers = $util.emptyArray;

        /**
         * PeerRecordsRequest summary.
         * @member {nodetrust.RecordSummary.$Properties|null|undefined} summary
         * @memberof nodetrust.PeerRecordsRequest
         * @instance
         */
        PeerRecordsRequest.prototype.summary = null;

        /**
         * Encodes the specified PeerRecordsRequest message. Does not implicitly {@link nodetrust.PeerRecordsRequest.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.PeerRecordsRequest
         * @static
         * @param {nodetrust.PeerRecordsRequest.$Properties} m PeerRecordsRequest message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PeerRecordsRequest.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.peers != null && m.peers.length) {
                for (var i = 0; i < m.peers.length; ++i)
                    w.uint32(/* id 1, wireType 2 =*/10).bytes(m.peers[i]);
            }
            if (m.summary != null && $Object.hasOwnProperty.call(m, "summary"))
                $root.nodetrust.RecordSummary.encode(m.summary, w.uint32(/* id 2, wireType 2 =*/18).fork(), q + 1).ldelim();
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a PeerRecordsRequest message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.PeerRecordsRequest
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.PeerRecordsRequest & nodetrust.PeerRecordsRequest.$Shape} PeerRecordsRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PeerRecordsRequest.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.PeerRecordsRequest();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if (!(m.peers && m.peers.length))
                            m.peers = [];
                        m.peers.push(r.bytes());
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        m.summary = $root.nodetrust.RecordSummary.decode(r, r.size(), $undefined, q + 1, m.summary);
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return PeerRecordsRequest;
    })();

    nodetrust.RecordSummary = (function() {

        /**
         * Properties of a RecordSummary.
         * @typedef {Object} nodetrust.RecordSummary.$Properties
         * @property {Uint8Array|null} [salt] RecordSummary salt
         * @property {Uint8Array|null} [filter] RecordSummary filter
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a RecordSummary.
         * @memberof nodetrust
         * @interface IRecordSummary
         * @augments nodetrust.RecordSummary.$Properties
         * @deprecated Use nodetrust.RecordSummary.$Properties instead.
         */

        /**
         * Shape of a RecordSummary.
         * @typedef {nodetrust.RecordSummary.$Properties} nodetrust.RecordSummary.$Shape
         */

        /**
         * Constructs a new RecordSummary.
         * @memberof nodetrust
         * @classdesc Represents a RecordSummary.
         * @constructor
         * @param {nodetrust.RecordSummary.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const RecordSummary = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * RecordSummary salt.
         * @member {Uint8Array} salt
         * @memberof nodetrust.RecordSummary
         * @instance
         */
        RecordSummary.prototype.salt = $util.newBuffer([]);

        /**
         * RecordSummary filter.
         * @member {Uint8Array} filter
         * @memberof nodetrust.RecordSummary
         * @instance
         */
        RecordSummary.prototype.filter = $util.newBuffer([]);

        /**
         * Encodes the specified RecordSummary message. Does not implicitly {@link nodetrust.RecordSummary.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.RecordSummary
         * @static
         * @param {nodetrust.RecordSummary.$Properties} m RecordSummary message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        RecordSummary.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.salt != null && $Object.hasOwnProperty.call(m, "salt") && m.salt.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.salt);
            if (m.filter != null && $Object.hasOwnProperty.call(m, "filter") && m.filter.length)
                w.uint32(/* id 2, wireType 2 =*/18).bytes(m.filter);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a RecordSummary message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.RecordSummary
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.RecordSummary & nodetrust.RecordSummary.$Shape} RecordSummary
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        RecordSummary.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.RecordSummary();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.salt = v;
                        else
                            delete m.salt;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.filter = v;
                        else
                            delete m.filter;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return RecordSummary;
    })();

    nodetrust.PeerRecordsResponse = (function() {

        /**
         * Properties of a PeerRecordsResponse.
         * @typedef {Object} nodetrust.PeerRecordsResponse.$Properties
         * @property {nodetrust.Problem.$Properties|null} [problem] PeerRecordsResponse problem
         * @property {Array.<Uint8Array>|null} [envelopes] PeerRecordsResponse envelopes
         * @property {Array.<nodetrust.UnsignedPeer.$Properties>|null} [unsigned] PeerRecordsResponse unsigned
         * @property {boolean|null} [more] PeerRecordsResponse more
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PeerRecordsResponse.
         * @memberof nodetrust
         * @interface IPeerRecordsResponse
         * @augments nodetrust.PeerRecordsResponse.$Properties
         * @deprecated Use nodetrust.PeerRecordsResponse.$Properties instead.
         */

        /**
         * Shape of a PeerRecordsResponse.
         * @typedef {nodetrust.PeerRecordsResponse.$Properties} nodetrust.PeerRecordsResponse.$Shape
         */

        /**
         * Constructs a new PeerRecordsResponse.
         * @memberof nodetrust
         * @classdesc Represents a PeerRecordsResponse.
         * @constructor
         * @param {nodetrust.PeerRecordsResponse.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PeerRecordsResponse = function (p) {
            this.envelopes = [];
            this.unsigned = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * PeerRecordsResponse problem.
         * @member {nodetrust.Problem.$Properties|null|undefined} problem
         * @memberof nodetrust.PeerRecordsResponse
         * @instance
         */
        PeerRecordsResponse.prototype.problem = null;

        /**
         * PeerRecordsResponse envelopes.
         * @member {Array.<Uint8Array>} envelopes
         * @memberof nodetrust.PeerRecordsResponse
         * @instance
         */
        PeerRecordsResponse.prototype.envelopes = $util.emptyArray;

        /**
         * PeerRecordsResponse unsigned.
         * @member {Array.<nodetrust.UnsignedPeer.$Properties>} unsigned
         * @memberof nodetrust.PeerRecordsResponse
         * @instance
         */
        PeerRecordsResponse.prototype.unsigned = $util.emptyArray;

        /**
         * PeerRecordsResponse more.
         * @member {boolean} more
         * @memberof nodetrust.PeerRecordsResponse
         * @instance
         */
        PeerRecordsResponse.prototype.more = false;

        /**
         * Encodes the specified PeerRecordsResponse message. Does not implicitly {@link nodetrust.PeerRecordsResponse.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.PeerRecordsResponse
         * @static
         * @param {nodetrust.PeerRecordsResponse.$Properties} m PeerRecordsResponse message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PeerRecordsResponse.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.problem != null && $Object.hasOwnProperty.call(m, "problem"))
                $root.nodetrust.Problem.encode(m.problem, w.uint32(/* id 1, wireType 2 =*/10).fork(), q + 1).ldelim();
            if (m.envelopes != null && m.envelopes.length) {
                for (var i = 0; i < m.envelopes.length; ++i)
                    w.uint32(/* id 2, wireType 2 =*/18).bytes(m.envelopes[i]);
            }
            if (m.unsigned != null && m.unsigned.length) {
                for (var i = 0; i < m.unsigned.length; ++i)
                    $root.nodetrust.UnsignedPeer.encode(m.unsigned[i], w.uint32(/* id 3, wireType 2 =*/26).fork(), q + 1).ldelim();
            }
            if (m.more != null && $Object.hasOwnProperty.call(m, "more") && m.more !== false)
                w.uint32(/* id 4, wireType 0 =*/32).bool(m.more);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a PeerRecordsResponse message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.PeerRecordsResponse
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.PeerRecordsResponse & nodetrust.PeerRecordsResponse.$Shape} PeerRecordsResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PeerRecordsResponse.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.PeerRecordsResponse();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        m.problem = $root.nodetrust.Problem.decode(r, r.size(), $undefined, q + 1, m.problem);
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if (!(m.envelopes && m.envelopes.length))
                            m.envelopes = [];
                        m.envelopes.push(r.bytes());
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if (!(m.unsigned && m.unsigned.length))
                            m.unsigned = [];
                        m.unsigned.push($root.nodetrust.UnsignedPeer.decode(r, r.size(), $undefined, q + 1));
                        continue;
                    }
                case 4: {
                        if (u !== 0)
                            break;
                        if (v = r.bool())
                            m.more = v;
                        else
                            delete m.more;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return PeerRecordsResponse;
    })();

    nodetrust.UnsignedPeer = (function() {

        /**
         * Properties of an UnsignedPeer.
         * @typedef {Object} nodetrust.UnsignedPeer.$Properties
         * @property {Uint8Array|null} [peerId] UnsignedPeer peerId
         * @property {Array.<Uint8Array>|null} [addresses] UnsignedPeer addresses
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an UnsignedPeer.
         * @memberof nodetrust
         * @interface IUnsignedPeer
         * @augments nodetrust.UnsignedPeer.$Properties
         * @deprecated Use nodetrust.UnsignedPeer.$Properties instead.
         */

        /**
         * Shape of an UnsignedPeer.
         * @typedef {nodetrust.UnsignedPeer.$Properties} nodetrust.UnsignedPeer.$Shape
         */

        /**
         * Constructs a new UnsignedPeer.
         * @memberof nodetrust
         * @classdesc Represents an UnsignedPeer.
         * @constructor
         * @param {nodetrust.UnsignedPeer.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const UnsignedPeer = function (p) {
            this.addresses = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * UnsignedPeer peerId.
         * @member {Uint8Array} peerId
         * @memberof nodetrust.UnsignedPeer
         * @instance
         */
        UnsignedPeer.prototype.peerId = $util.newBuffer([]);

        /**
         * UnsignedPeer addresses.
         * @member {Array.<Uint8Array>} addresses
         * @memberof nodetrust.UnsignedPeer
         * @instance
         */
        UnsignedPeer.prototype.addresses = $util.emptyArray;

        /**
         * Encodes the specified UnsignedPeer message. Does not implicitly {@link nodetrust.UnsignedPeer.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.UnsignedPeer
         * @static
         * @param {nodetrust.UnsignedPeer.$Properties} m UnsignedPeer message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        UnsignedPeer.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.peerId != null && $Object.hasOwnProperty.call(m, "peerId") && m.peerId.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.peerId);
            if (m.addresses != null && m.addresses.length) {
                for (var i = 0; i < m.addresses.length; ++i)
                    w.uint32(/* id 2, wireType 2 =*/18).bytes(m.addresses[i]);
            }
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes an UnsignedPeer message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.UnsignedPeer
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.UnsignedPeer & nodetrust.UnsignedPeer.$Shape} UnsignedPeer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        UnsignedPeer.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.UnsignedPeer();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.peerId = v;
                        else
                            delete m.peerId;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if (!(m.addresses && m.addresses.length))
                            m.addresses = [];
                        m.addresses.push(r.bytes());
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return UnsignedPeer;
    })();

    nodetrust.DhtMessage = (function() {

        /**
         * Properties of a DhtMessage.
         * @typedef {Object} nodetrust.DhtMessage.$Properties
         * @property {nodetrust.DhtMessage.Type|null} [type] DhtMessage type
         * @property {Uint8Array|null} [key] DhtMessage key
         * @property {Uint8Array|null} [record] DhtMessage record
         * @property {Array.<nodetrust.DhtPeer.$Properties>|null} [closer] DhtMessage closer
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a DhtMessage.
         * @memberof nodetrust
         * @interface IDhtMessage
         * @augments nodetrust.DhtMessage.$Properties
         * @deprecated Use nodetrust.DhtMessage.$Properties instead.
         */

        /**
         * Shape of a DhtMessage.
         * @typedef {nodetrust.DhtMessage.$Properties} nodetrust.DhtMessage.$Shape
         */

        /**
         * Constructs a new DhtMessage.
         * @memberof nodetrust
         * @classdesc Represents a DhtMessage.
         * @constructor
         * @param {nodetrust.DhtMessage.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const DhtMessage = function (p) {
            this.closer = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * DhtMessage type.
         * @member {nodetrust.DhtMessage.Type} type
         * @memberof nodetrust.DhtMessage
         * @instance
         */
        DhtMessage.prototype.type = 0;

        /**
         * DhtMessage key.
         * @member {Uint8Array} key
         * @memberof nodetrust.DhtMessage
         * @instance
         */
        DhtMessage.prototype.key = $util.newBuffer([]);

        /**
         * DhtMessage record.
         * @member {Uint8Array} record
         * @memberof nodetrust.DhtMessage
         * @instance
         */
        DhtMessage.prototype.record = $util.newBuffer([]);

        /**
         * DhtMessage closer.
         * @member {Array.<nodetrust.DhtPeer.$Properties>} closer
         * @memberof nodetrust.DhtMessage
         * @instance
         */
        DhtMessage.prototype.closer = $util.emptyArray;

        /**
         * Encodes the specified DhtMessage message. Does not implicitly {@link nodetrust.DhtMessage.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.DhtMessage
         * @static
         * @param {nodetrust.DhtMessage.$Properties} m DhtMessage message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        DhtMessage.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.type != null && $Object.hasOwnProperty.call(m, "type") && m.type !== 0)
                w.uint32(/* id 1, wireType 0 =*/8).int32(m.type);
            if (m.key != null && $Object.hasOwnProperty.call(m, "key") && m.key.length)
                w.uint32(/* id 2, wireType 2 =*/18).bytes(m.key);
            if (m.record != null && $Object.hasOwnProperty.call(m, "record") && m.record.length)
                w.uint32(/* id 3, wireType 2 =*/26).bytes(m.record);
            if (m.closer != null && m.closer.length) {
                for (var i = 0; i < m.closer.length; ++i)
                    $root.nodetrust.DhtPeer.encode(m.closer[i], w.uint32(/* id 8, wireType 2 =*/66).fork(), q + 1).ldelim();
            }
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a DhtMessage message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.DhtMessage
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.DhtMessage & nodetrust.DhtMessage.$Shape} DhtMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        DhtMessage.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.DhtMessage();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 0)
                            break;
                        if (v = r.int32())
                            m.type = v;
                        else
                            delete m.type;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.key = v;
                        else
                            delete m.key;
                        continue;
                    }
                case 3: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.record = v;
                        else
                            delete m.record;
                        continue;
                    }
                case 8: {
                        if (u !== 2)
                            break;
                        if (!(m.closer && m.closer.length))
                            m.closer = [];
                        m.closer.push($root.nodetrust.DhtPeer.decode(r, r.size(), $undefined, q + 1));
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        /**
         * Type enum.
         * @name nodetrust.DhtMessage.Type
         * @enum {number}
         * @property {number} PUT_VALUE=0 PUT_VALUE value
         * @property {number} GET_VALUE=1 GET_VALUE value
         * @property {number} ADD_PROVIDER=2 ADD_PROVIDER value
         * @property {number} GET_PROVIDERS=3 GET_PROVIDERS value
         * @property {number} FIND_NODE=4 FIND_NODE value
         * @property {number} PING=5 PING value
         */
        DhtMessage.Type = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PUT_VALUE"] = 0;
            values[valuesById[1] = "GET_VALUE"] = 1;
            values[valuesById[2] = "ADD_PROVIDER"] = 2;
            values[valuesById[3] = "GET_PROVIDERS"] = 3;
            values[valuesById[4] = "FIND_NODE"] = 4;
            values[valuesById[5] = "PING"] = 5;
            return values;
        })();

        return DhtMessage;
    })();

    nodetrust.DhtPeer = (function() {

        /**
         * Properties of a DhtPeer.
         * @typedef {Object} nodetrust.DhtPeer.$Properties
         * @property {Uint8Array|null} [id] DhtPeer id
         * @property {Array.<Uint8Array>|null} [multiaddrs] DhtPeer multiaddrs
         * @property {Uint8Array|null} [signedRecord] DhtPeer signedRecord
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a DhtPeer.
         * @memberof nodetrust
         * @interface IDhtPeer
         * @augments nodetrust.DhtPeer.$Properties
         * @deprecated Use nodetrust.DhtPeer.$Properties instead.
         */

        /**
         * Shape of a DhtPeer.
         * @typedef {nodetrust.DhtPeer.$Properties} nodetrust.DhtPeer.$Shape
         */

        /**
         * Constructs a new DhtPeer.
         * @memberof nodetrust
         * @classdesc Represents a DhtPeer.
         * @constructor
         * @param {nodetrust.DhtPeer.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const DhtPeer = function (p) {
            this.multiaddrs = [];
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * DhtPeer id.
         * @member {Uint8Array} id
         * @memberof nodetrust.DhtPeer
         * @instance
         */
        DhtPeer.prototype.id = $util.newBuffer([]);

        /**
         * DhtPeer multiaddrs.
         * @member {Array.<Uint8Array>} multiaddrs
         * @memberof nodetrust.DhtPeer
         * @instance
         */
        DhtPeer.prototype.multiaddrs = $util.emptyArray;

        /**
         * DhtPeer signedRecord.
         * @member {Uint8Array} signedRecord
         * @memberof nodetrust.DhtPeer
         * @instance
         */
        DhtPeer.prototype.signedRecord = $util.newBuffer([]);

        /**
         * Encodes the specified DhtPeer message. Does not implicitly {@link nodetrust.DhtPeer.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.DhtPeer
         * @static
         * @param {nodetrust.DhtPeer.$Properties} m DhtPeer message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        DhtPeer.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.id != null && $Object.hasOwnProperty.call(m, "id") && m.id.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.id);
            if (m.multiaddrs != null && m.multiaddrs.length) {
                for (var i = 0; i < m.multiaddrs.length; ++i)
                    w.uint32(/* id 2, wireType 2 =*/18).bytes(m.multiaddrs[i]);
            }
            if (m.signedRecord != null && $Object.hasOwnProperty.call(m, "signedRecord") && m.signedRecord.length)
                w.uint32(/* id 4, wireType 2 =*/34).bytes(m.signedRecord);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a DhtPeer message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.DhtPeer
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.DhtPeer & nodetrust.DhtPeer.$Shape} DhtPeer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        DhtPeer.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.DhtPeer();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.id = v;
                        else
                            delete m.id;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if (!(m.multiaddrs && m.multiaddrs.length))
                            m.multiaddrs = [];
                        m.multiaddrs.push(r.bytes());
                        continue;
                    }
                case 4: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.signedRecord = v;
                        else
                            delete m.signedRecord;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return DhtPeer;
    })();

    nodetrust.DhtRecord = (function() {

        /**
         * Properties of a DhtRecord.
         * @typedef {Object} nodetrust.DhtRecord.$Properties
         * @property {Uint8Array|null} [key] DhtRecord key
         * @property {Uint8Array|null} [value] DhtRecord value
         * @property {string|null} [timeReceived] DhtRecord timeReceived
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a DhtRecord.
         * @memberof nodetrust
         * @interface IDhtRecord
         * @augments nodetrust.DhtRecord.$Properties
         * @deprecated Use nodetrust.DhtRecord.$Properties instead.
         */

        /**
         * Shape of a DhtRecord.
         * @typedef {nodetrust.DhtRecord.$Properties} nodetrust.DhtRecord.$Shape
         */

        /**
         * Constructs a new DhtRecord.
         * @memberof nodetrust
         * @classdesc Represents a DhtRecord.
         * @constructor
         * @param {nodetrust.DhtRecord.$Properties=} [p] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const DhtRecord = function (p) {
            if (p)
                for (var ks = $Object.keys(p), i = 0; i < ks.length; ++i)
                    if (p[ks[i]] != null && ks[i] !== "__proto__")
                        this[ks[i]] = p[ks[i]];
        };

        /**
         * DhtRecord key.
         * @member {Uint8Array} key
         * @memberof nodetrust.DhtRecord
         * @instance
         */
        DhtRecord.prototype.key = $util.newBuffer([]);

        /**
         * DhtRecord value.
         * @member {Uint8Array} value
         * @memberof nodetrust.DhtRecord
         * @instance
         */
        DhtRecord.prototype.value = $util.newBuffer([]);

        /**
         * DhtRecord timeReceived.
         * @member {string} timeReceived
         * @memberof nodetrust.DhtRecord
         * @instance
         */
        DhtRecord.prototype.timeReceived = "";

        /**
         * Encodes the specified DhtRecord message. Does not implicitly {@link nodetrust.DhtRecord.verify|verify} messages.
         * @function encode
         * @memberof nodetrust.DhtRecord
         * @static
         * @param {nodetrust.DhtRecord.$Properties} m DhtRecord message or plain object to encode
         * @param {$protobuf.Writer} [w] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        DhtRecord.encode = function (m, w, q) {
            if (!w)
                w = $Writer.create();
            if (q === $undefined)
                q = 0;
            if (q > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (m.key != null && $Object.hasOwnProperty.call(m, "key") && m.key.length)
                w.uint32(/* id 1, wireType 2 =*/10).bytes(m.key);
            if (m.value != null && $Object.hasOwnProperty.call(m, "value") && m.value.length)
                w.uint32(/* id 2, wireType 2 =*/18).bytes(m.value);
            if (m.timeReceived != null && $Object.hasOwnProperty.call(m, "timeReceived") && m.timeReceived !== "")
                w.uint32(/* id 5, wireType 2 =*/42).string(m.timeReceived);
            if (m.$unknowns != null && $Object.hasOwnProperty.call(m, "$unknowns"))
                for (var i = 0; i < m.$unknowns.length; ++i)
                    w.raw(m.$unknowns[i]);
            return w;
        };

        /**
         * Decodes a DhtRecord message from the specified reader or buffer.
         * @function decode
         * @memberof nodetrust.DhtRecord
         * @static
         * @param {$protobuf.Reader|Uint8Array} r Reader or buffer to decode from
         * @param {number} [l] Message length if known beforehand
         * @returns {nodetrust.DhtRecord & nodetrust.DhtRecord.$Shape} DhtRecord
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        DhtRecord.decode = function (r, l, z, q, g) {
            if (!(r instanceof $Reader))
                r = $Reader.create(r);
            if (q === $undefined)
                q = 0;
            if (q > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            var c, m, v;
            if (l === $undefined)
                c = r.len;
            else {
                c = r.pos + l;
                if (c > r.len)
                    throw $RangeError("index out of range");
                l = r.len;
                r.len = c;
            }
            m = g || new $root.nodetrust.DhtRecord();
            while (r.pos < c) {
                var s = r.pos;
                var t = r.tag();
                if (t === z) {
                    z = $undefined;
                    break;
                }
                var u = t & 7;
                switch (t >>>= 3) {
                case 1: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.key = v;
                        else
                            delete m.key;
                        continue;
                    }
                case 2: {
                        if (u !== 2)
                            break;
                        if ((v = r.bytes()).length)
                            m.value = v;
                        else
                            delete m.value;
                        continue;
                    }
                case 5: {
                        if (u !== 2)
                            break;
                        if ((v = r.stringVerify()).length)
                            m.timeReceived = v;
                        else
                            delete m.timeReceived;
                        continue;
                    }
                }
                r.skipType(u, q, t);
                if (!r.discardUnknown) {
                    $util.makeProp(m, "$unknowns", false);
                    (m.$unknowns || (m.$unknowns = [])).push(r.raw(s, r.pos));
                }
            }
            if (l !== $undefined) {
                if (r.pos !== c)
                    throw $RangeError("index out of range");
                r.len = l;
            }
            if (z !== $undefined)
                throw $Error("missing end group");
            return m;
        };

        return DhtRecord;
    })();

    return nodetrust;
})();

export {
  $root as default
};
