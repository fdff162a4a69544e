// Made by `npm run wire` from nodetrust.proto; do not edit.
import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace nodetrust. */
export namespace nodetrust {

    /** ErrorCode enum. */
    enum ErrorCode {

        /** OK value */
        OK = 0,

        /** RATE_LIMIT value */
        RATE_LIMIT = 1,

        /** INVALID_PROOF value */
        INVALID_PROOF = 2,

        /** NOT_AUTHORIZED value */
        NOT_AUTHORIZED = 3,

        /** NO_MATCHING_CRYPTO value */
        NO_MATCHING_CRYPTO = 4,

        /** OTHER value */
        OTHER = 9,

        /** INVALID_REQUEST value */
        INVALID_REQUEST = 10,

        /** INVALID_CSR value */
        INVALID_CSR = 11,

        /** RELAYED value */
        RELAYED = 12,

        /** ADDRESS_REFUSED value */
        ADDRESS_REFUSED = 13,

        /** ORDER_IN_PROGRESS value */
        ORDER_IN_PROGRESS = 14,

        /** CA_UNAVAILABLE value */
        CA_UNAVAILABLE = 15,

        /** CA_REFUSED value */
        CA_REFUSED = 16,

        /** NAME_REFUSED value */
        NAME_REFUSED = 17,

        /** TOO_MANY_VALUES value */
        TOO_MANY_VALUES = 18,

        /** DNS_UNAVAILABLE value */
        DNS_UNAVAILABLE = 19,

        /** SHUTTING_DOWN value */
        SHUTTING_DOWN = 20,

        /** NOTHING_TO_GRANT value */
        NOTHING_TO_GRANT = 21,

        /** UNKNOWN_CERTIFICATE value */
        UNKNOWN_CERTIFICATE = 22
    }

    /**
     * Properties of a Problem.
     * @deprecated Use nodetrust.Problem.$Properties instead.
     */
    interface IProblem extends nodetrust.Problem.$Properties {
    }

    /** Represents a Problem. */
    class Problem {

        /**
         * Constructs a new Problem.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Problem.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Problem code. */
        code: nodetrust.ErrorCode;

        /** Problem message. */
        message: string;

        /** Problem retryAfterMs. */
        retryAfterMs: number;

        /**
         * Encodes the specified Problem message. Does not implicitly {@link nodetrust.Problem.verify|verify} messages.
         * @param m Problem message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Problem.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Problem message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Problem & nodetrust.Problem.$Shape} Problem
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Problem & nodetrust.Problem.$Shape;
    }

    namespace Problem {

        /** Properties of a Problem. */
        interface $Properties {

            /** Problem code */
            code?: (nodetrust.ErrorCode|null);

            /** Problem message */
            message?: (string|null);

            /** Problem retryAfterMs */
            retryAfterMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Problem. */
        type $Shape = nodetrust.Problem.$Properties;
    }

    /** KeyAlgorithm enum. */
    enum KeyAlgorithm {

        /** KEY_ALGORITHM_UNKNOWN value */
        KEY_ALGORITHM_UNKNOWN = 0,

        /** RSA_2048 value */
        RSA_2048 = 1,

        /** ECDSA_P256 value */
        ECDSA_P256 = 2,

        /** ECDSA_P384 value */
        ECDSA_P384 = 3
    }

    /**
     * Properties of an InfoRequest.
     * @deprecated Use nodetrust.InfoRequest.$Properties instead.
     */
    interface IInfoRequest extends nodetrust.InfoRequest.$Properties {
    }

    /** Represents an InfoRequest. */
    class InfoRequest {

        /**
         * Constructs a new InfoRequest.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.InfoRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** InfoRequest agent. */
        agent: string;

        /**
         * Encodes the specified InfoRequest message. Does not implicitly {@link nodetrust.InfoRequest.verify|verify} messages.
         * @param m InfoRequest message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.InfoRequest.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an InfoRequest message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.InfoRequest & nodetrust.InfoRequest.$Shape} InfoRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.InfoRequest & nodetrust.InfoRequest.$Shape;
    }

    namespace InfoRequest {

        /** Properties of an InfoRequest. */
        interface $Properties {

            /** InfoRequest agent */
            agent?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an InfoRequest. */
        type $Shape = nodetrust.InfoRequest.$Properties;
    }

    /**
     * Properties of an InfoResponse.
     * @deprecated Use nodetrust.InfoResponse.$Properties instead.
     */
    interface IInfoResponse extends nodetrust.InfoResponse.$Properties {
    }

    /** Represents an InfoResponse. */
    class InfoResponse {

        /**
         * Constructs a new InfoResponse.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.InfoResponse.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** InfoResponse problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** InfoResponse zone. */
        zone: string;

        /** InfoResponse proofServers. */
        proofServers: nodetrust.ProofServer.$Properties[];

        /** InfoResponse keyAlgorithms. */
        keyAlgorithms: nodetrust.KeyAlgorithm[];

        /** InfoResponse profiles. */
        profiles: nodetrust.Profile.$Properties[];

        /** InfoResponse policy. */
        policy?: (nodetrust.Policy.$Properties|null);

        /**
         * Encodes the specified InfoResponse message. Does not implicitly {@link nodetrust.InfoResponse.verify|verify} messages.
         * @param m InfoResponse message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.InfoResponse.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an InfoResponse message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.InfoResponse & nodetrust.InfoResponse.$Shape} InfoResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.InfoResponse & nodetrust.InfoResponse.$Shape;
    }

    namespace InfoResponse {

        /** Properties of an InfoResponse. */
        interface $Properties {

            /** InfoResponse problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** InfoResponse zone */
            zone?: (string|null);

            /** InfoResponse proofServers */
            proofServers?: (nodetrust.ProofServer.$Properties[]|null);

            /** InfoResponse keyAlgorithms */
            keyAlgorithms?: (nodetrust.KeyAlgorithm[]|null);

            /** InfoResponse profiles */
            profiles?: (nodetrust.Profile.$Properties[]|null);

            /** InfoResponse policy */
            policy?: (nodetrust.Policy.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an InfoResponse. */
        type $Shape = nodetrust.InfoResponse.$Properties;
    }

    /**
     * Properties of a ProofServer.
     * @deprecated Use nodetrust.ProofServer.$Properties instead.
     */
    interface IProofServer extends nodetrust.ProofServer.$Properties {
    }

    /** Represents a ProofServer. */
    class ProofServer {

        /**
         * Constructs a new ProofServer.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.ProofServer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProofServer peerId. */
        peerId: Uint8Array;

        /** ProofServer addresses. */
        addresses: Uint8Array[];

        /** ProofServer displayName. */
        displayName: string;

        /**
         * Encodes the specified ProofServer message. Does not implicitly {@link nodetrust.ProofServer.verify|verify} messages.
         * @param m ProofServer message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.ProofServer.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProofServer message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.ProofServer & nodetrust.ProofServer.$Shape} ProofServer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.ProofServer & nodetrust.ProofServer.$Shape;
    }

    namespace ProofServer {

        /** Properties of a ProofServer. */
        interface $Properties {

            /** ProofServer peerId */
            peerId?: (Uint8Array|null);

            /** ProofServer addresses */
            addresses?: (Uint8Array[]|null);

            /** ProofServer displayName */
            displayName?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ProofServer. */
        type $Shape = nodetrust.ProofServer.$Properties;
    }

    /**
     * Properties of a Profile.
     * @deprecated Use nodetrust.Profile.$Properties instead.
     */
    interface IProfile extends nodetrust.Profile.$Properties {
    }

    /** Represents a Profile. */
    class Profile {

        /**
         * Constructs a new Profile.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Profile.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Profile name. */
        name: string;

        /** Profile description. */
        description: string;

        /**
         * Encodes the specified Profile message. Does not implicitly {@link nodetrust.Profile.verify|verify} messages.
         * @param m Profile message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Profile.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Profile message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Profile & nodetrust.Profile.$Shape} Profile
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Profile & nodetrust.Profile.$Shape;
    }

    namespace Profile {

        /** Properties of a Profile. */
        interface $Properties {

            /** Profile name */
            name?: (string|null);

            /** Profile description */
            description?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Profile. */
        type $Shape = nodetrust.Profile.$Properties;
    }

    /**
     * Properties of a Policy.
     * @deprecated Use nodetrust.Policy.$Properties instead.
     */
    interface IPolicy extends nodetrust.Policy.$Properties {
    }

    /** Represents a Policy. */
    class Policy {

        /**
         * Constructs a new Policy.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Policy.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Policy addressClasses. */
        addressClasses: string[];

        /** Policy ipNames. */
        ipNames: boolean;

        /** Policy maxProofs. */
        maxProofs: number;

        /**
         * Encodes the specified Policy message. Does not implicitly {@link nodetrust.Policy.verify|verify} messages.
         * @param m Policy message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Policy.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Policy message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Policy & nodetrust.Policy.$Shape} Policy
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Policy & nodetrust.Policy.$Shape;
    }

    namespace Policy {

        /** Properties of a Policy. */
        interface $Properties {

            /** Policy addressClasses */
            addressClasses?: (string[]|null);

            /** Policy ipNames */
            ipNames?: (boolean|null);

            /** Policy maxProofs */
            maxProofs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Policy. */
        type $Shape = nodetrust.Policy.$Properties;
    }

    /**
     * Properties of a ProofRequest.
     * @deprecated Use nodetrust.ProofRequest.$Properties instead.
     */
    interface IProofRequest extends nodetrust.ProofRequest.$Properties {
    }

    /** Represents a ProofRequest. */
    class ProofRequest {

        /**
         * Constructs a new ProofRequest.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.ProofRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProofRequest agent. */
        agent: string;

        /**
         * Encodes the specified ProofRequest message. Does not implicitly {@link nodetrust.ProofRequest.verify|verify} messages.
         * @param m ProofRequest message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.ProofRequest.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProofRequest message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.ProofRequest & nodetrust.ProofRequest.$Shape} ProofRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.ProofRequest & nodetrust.ProofRequest.$Shape;
    }

    namespace ProofRequest {

        /** Properties of a ProofRequest. */
        interface $Properties {

            /** ProofRequest agent */
            agent?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ProofRequest. */
        type $Shape = nodetrust.ProofRequest.$Properties;
    }

    /**
     * Properties of a ProofResponse.
     * @deprecated Use nodetrust.ProofResponse.$Properties instead.
     */
    interface IProofResponse extends nodetrust.ProofResponse.$Properties {
    }

    /** Represents a ProofResponse. */
    class ProofResponse {

        /**
         * Constructs a new ProofResponse.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.ProofResponse.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ProofResponse problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** ProofResponse proof. */
        proof: Uint8Array;

        /**
         * Encodes the specified ProofResponse message. Does not implicitly {@link nodetrust.ProofResponse.verify|verify} messages.
         * @param m ProofResponse message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.ProofResponse.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ProofResponse message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.ProofResponse & nodetrust.ProofResponse.$Shape} ProofResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.ProofResponse & nodetrust.ProofResponse.$Shape;
    }

    namespace ProofResponse {

        /** Properties of a ProofResponse. */
        interface $Properties {

            /** ProofResponse problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** ProofResponse proof */
            proof?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ProofResponse. */
        type $Shape = nodetrust.ProofResponse.$Properties;
    }

    /**
     * Properties of a Proof.
     * @deprecated Use nodetrust.Proof.$Properties instead.
     */
    interface IProof extends nodetrust.Proof.$Properties {
    }

    /** Represents a Proof. */
    class Proof {

        /**
         * Constructs a new Proof.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Proof.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Proof timestampMs. */
        timestampMs: number;

        /** Proof peerId. */
        peerId: Uint8Array;

        /** Proof addresses. */
        addresses: Uint8Array[];

        /**
         * Encodes the specified Proof message. Does not implicitly {@link nodetrust.Proof.verify|verify} messages.
         * @param m Proof message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Proof.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Proof message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Proof & nodetrust.Proof.$Shape} Proof
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Proof & nodetrust.Proof.$Shape;
    }

    namespace Proof {

        /** Properties of a Proof. */
        interface $Properties {

            /** Proof timestampMs */
            timestampMs?: (number|null);

            /** Proof peerId */
            peerId?: (Uint8Array|null);

            /** Proof addresses */
            addresses?: (Uint8Array[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Proof. */
        type $Shape = nodetrust.Proof.$Properties;
    }

    /**
     * Properties of an IssueClientMessage.
     * @deprecated Use nodetrust.IssueClientMessage.$Properties instead.
     */
    interface IIssueClientMessage extends nodetrust.IssueClientMessage.$Properties {
    }

    /** Represents an IssueClientMessage. */
    class IssueClientMessage {

        /**
         * Constructs a new IssueClientMessage.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.IssueClientMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IssueClientMessage request. */
        request?: (nodetrust.IssueRequest.$Properties|null);

        /** IssueClientMessage csr. */
        csr?: (nodetrust.Csr.$Properties|null);

        /** IssueClientMessage message. */
        message?: ("request"|"csr");

        /**
         * Encodes the specified IssueClientMessage message. Does not implicitly {@link nodetrust.IssueClientMessage.verify|verify} messages.
         * @param m IssueClientMessage message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.IssueClientMessage.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IssueClientMessage message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.IssueClientMessage & nodetrust.IssueClientMessage.$Shape} IssueClientMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.IssueClientMessage & nodetrust.IssueClientMessage.$Shape;
    }

    namespace IssueClientMessage {

        /** Properties of an IssueClientMessage. */
        interface $Properties {

            /** IssueClientMessage request */
            request?: (nodetrust.IssueRequest.$Properties|null);

            /** IssueClientMessage csr */
            csr?: (nodetrust.Csr.$Properties|null);

            /** IssueClientMessage message */
            message?: ("request"|"csr");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an IssueClientMessage. */
        type $Shape = {
          request?: nodetrust.IssueRequest.$Shape|null;
          csr?: nodetrust.Csr.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ message?: undefined; request?: null; csr?: null }|{ message?: "request"; request: nodetrust.IssueRequest.$Shape; csr?: null }|{ message?: "csr"; request?: null; csr: nodetrust.Csr.$Shape })
        );
    }

    /**
     * Properties of an IssueServerMessage.
     * @deprecated Use nodetrust.IssueServerMessage.$Properties instead.
     */
    interface IIssueServerMessage extends nodetrust.IssueServerMessage.$Properties {
    }

    /** Represents an IssueServerMessage. */
    class IssueServerMessage {

        /**
         * Constructs a new IssueServerMessage.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.IssueServerMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IssueServerMessage grant. */
        grant?: (nodetrust.Grant.$Properties|null);

        /** IssueServerMessage progress. */
        progress?: (nodetrust.Progress.$Properties|null);

        /** IssueServerMessage certificate. */
        certificate?: (nodetrust.IssuedCertificate.$Properties|null);

        /** IssueServerMessage problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** IssueServerMessage message. */
        message?: ("grant"|"progress"|"certificate"|"problem");

        /**
         * Encodes the specified IssueServerMessage message. Does not implicitly {@link nodetrust.IssueServerMessage.verify|verify} messages.
         * @param m IssueServerMessage message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.IssueServerMessage.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IssueServerMessage message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.IssueServerMessage & nodetrust.IssueServerMessage.$Shape} IssueServerMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.IssueServerMessage & nodetrust.IssueServerMessage.$Shape;
    }

    namespace IssueServerMessage {

        /** Properties of an IssueServerMessage. */
        interface $Properties {

            /** IssueServerMessage grant */
            grant?: (nodetrust.Grant.$Properties|null);

            /** IssueServerMessage progress */
            progress?: (nodetrust.Progress.$Properties|null);

            /** IssueServerMessage certificate */
            certificate?: (nodetrust.IssuedCertificate.$Properties|null);

            /** IssueServerMessage problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** IssueServerMessage message */
            message?: ("grant"|"progress"|"certificate"|"problem");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of an IssueServerMessage. */
        type $Shape = {
          grant?: nodetrust.Grant.$Shape|null;
          progress?: nodetrust.Progress.$Shape|null;
          certificate?: nodetrust.IssuedCertificate.$Shape|null;
          problem?: nodetrust.Problem.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ message?: undefined; grant?: null; progress?: null; certificate?: null; problem?: null }|{ message?: "grant"; grant: nodetrust.Grant.$Shape; progress?: null; certificate?: null; problem?: null }|{ message?: "progress"; grant?: null; progress: nodetrust.Progress.$Shape; certificate?: null; problem?: null }|{ message?: "certificate"; grant?: null; progress?: null; certificate: nodetrust.IssuedCertificate.$Shape; problem?: null }|{ message?: "problem"; grant?: null; progress?: null; certificate?: null; problem: nodetrust.Problem.$Shape })
        );
    }

    /** NameKind enum. */
    enum NameKind {

        /** NAME_KIND_UNKNOWN value */
        NAME_KIND_UNKNOWN = 0,

        /** IDENTITY value */
        IDENTITY = 1,

        /** IP value */
        IP = 2
    }

    /**
     * Properties of an IssueRequest.
     * @deprecated Use nodetrust.IssueRequest.$Properties instead.
     */
    interface IIssueRequest extends nodetrust.IssueRequest.$Properties {
    }

    /** Represents an IssueRequest. */
    class IssueRequest {

        /**
         * Constructs a new IssueRequest.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.IssueRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IssueRequest proofs. */
        proofs: Uint8Array[];

        /** IssueRequest keyAlgorithms. */
        keyAlgorithms: nodetrust.KeyAlgorithm[];

        /** IssueRequest wanted. */
        wanted: nodetrust.NameKind[];

        /** IssueRequest profile. */
        profile: string;

        /**
         * Encodes the specified IssueRequest message. Does not implicitly {@link nodetrust.IssueRequest.verify|verify} messages.
         * @param m IssueRequest message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.IssueRequest.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IssueRequest message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.IssueRequest & nodetrust.IssueRequest.$Shape} IssueRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.IssueRequest & nodetrust.IssueRequest.$Shape;
    }

    namespace IssueRequest {

        /** Properties of an IssueRequest. */
        interface $Properties {

            /** IssueRequest proofs */
            proofs?: (Uint8Array[]|null);

            /** IssueRequest keyAlgorithms */
            keyAlgorithms?: (nodetrust.KeyAlgorithm[]|null);

            /** IssueRequest wanted */
            wanted?: (nodetrust.NameKind[]|null);

            /** IssueRequest profile */
            profile?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an IssueRequest. */
        type $Shape = nodetrust.IssueRequest.$Properties;
    }

    /**
     * Properties of a Grant.
     * @deprecated Use nodetrust.Grant.$Properties instead.
     */
    interface IGrant extends nodetrust.Grant.$Properties {
    }

    /** Represents a Grant. */
    class Grant {

        /**
         * Constructs a new Grant.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Grant.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Grant names. */
        names: string[];

        /** Grant keyAlgorithm. */
        keyAlgorithm: nodetrust.KeyAlgorithm;

        /** Grant leftOut. */
        leftOut: nodetrust.LeftOut.$Properties[];

        /** Grant addresses. */
        addresses: Uint8Array[];

        /**
         * Encodes the specified Grant message. Does not implicitly {@link nodetrust.Grant.verify|verify} messages.
         * @param m Grant message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Grant.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Grant message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Grant & nodetrust.Grant.$Shape} Grant
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Grant & nodetrust.Grant.$Shape;
    }

    namespace Grant {

        /** Properties of a Grant. */
        interface $Properties {

            /** Grant names */
            names?: (string[]|null);

            /** Grant keyAlgorithm */
            keyAlgorithm?: (nodetrust.KeyAlgorithm|null);

            /** Grant leftOut */
            leftOut?: (nodetrust.LeftOut.$Properties[]|null);

            /** Grant addresses */
            addresses?: (Uint8Array[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Grant. */
        type $Shape = nodetrust.Grant.$Properties;
    }

    /**
     * Properties of a LeftOut.
     * @deprecated Use nodetrust.LeftOut.$Properties instead.
     */
    interface ILeftOut extends nodetrust.LeftOut.$Properties {
    }

    /** Represents a LeftOut. */
    class LeftOut {

        /**
         * Constructs a new LeftOut.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.LeftOut.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LeftOut name. */
        name: string;

        /** LeftOut reason. */
        reason: string;

        /**
         * Encodes the specified LeftOut message. Does not implicitly {@link nodetrust.LeftOut.verify|verify} messages.
         * @param m LeftOut message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.LeftOut.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LeftOut message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.LeftOut & nodetrust.LeftOut.$Shape} LeftOut
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.LeftOut & nodetrust.LeftOut.$Shape;
    }

    namespace LeftOut {

        /** Properties of a LeftOut. */
        interface $Properties {

            /** LeftOut name */
            name?: (string|null);

            /** LeftOut reason */
            reason?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a LeftOut. */
        type $Shape = nodetrust.LeftOut.$Properties;
    }

    /**
     * Properties of a Csr.
     * @deprecated Use nodetrust.Csr.$Properties instead.
     */
    interface ICsr extends nodetrust.Csr.$Properties {
    }

    /** Represents a Csr. */
    class Csr {

        /**
         * Constructs a new Csr.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Csr.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Csr der. */
        der: Uint8Array;

        /**
         * Encodes the specified Csr message. Does not implicitly {@link nodetrust.Csr.verify|verify} messages.
         * @param m Csr message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Csr.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Csr message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Csr & nodetrust.Csr.$Shape} Csr
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Csr & nodetrust.Csr.$Shape;
    }

    namespace Csr {

        /** Properties of a Csr. */
        interface $Properties {

            /** Csr der */
            der?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Csr. */
        type $Shape = nodetrust.Csr.$Properties;
    }

    /**
     * Properties of a Progress.
     * @deprecated Use nodetrust.Progress.$Properties instead.
     */
    interface IProgress extends nodetrust.Progress.$Properties {
    }

    /** Represents a Progress. */
    class Progress {

        /**
         * Constructs a new Progress.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Progress.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Progress step. */
        step: string;

        /** Progress detail. */
        detail: string;

        /** Progress position. */
        position: number;

        /** Progress expectedSeconds. */
        expectedSeconds: number;

        /**
         * Encodes the specified Progress message. Does not implicitly {@link nodetrust.Progress.verify|verify} messages.
         * @param m Progress message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Progress.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Progress message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Progress & nodetrust.Progress.$Shape} Progress
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Progress & nodetrust.Progress.$Shape;
    }

    namespace Progress {

        /** Properties of a Progress. */
        interface $Properties {

            /** Progress step */
            step?: (string|null);

            /** Progress detail */
            detail?: (string|null);

            /** Progress position */
            position?: (number|null);

            /** Progress expectedSeconds */
            expectedSeconds?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Progress. */
        type $Shape = nodetrust.Progress.$Properties;
    }

    /**
     * Properties of an IssuedCertificate.
     * @deprecated Use nodetrust.IssuedCertificate.$Properties instead.
     */
    interface IIssuedCertificate extends nodetrust.IssuedCertificate.$Properties {
    }

    /** Represents an IssuedCertificate. */
    class IssuedCertificate {

        /**
         * Constructs a new IssuedCertificate.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.IssuedCertificate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** IssuedCertificate chain. */
        chain: string;

        /** IssuedCertificate renewFromMs. */
        renewFromMs: number;

        /** IssuedCertificate renewUntilMs. */
        renewUntilMs: number;

        /** IssuedCertificate reused. */
        reused: boolean;

        /**
         * Encodes the specified IssuedCertificate message. Does not implicitly {@link nodetrust.IssuedCertificate.verify|verify} messages.
         * @param m IssuedCertificate message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.IssuedCertificate.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an IssuedCertificate message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.IssuedCertificate & nodetrust.IssuedCertificate.$Shape} IssuedCertificate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.IssuedCertificate & nodetrust.IssuedCertificate.$Shape;
    }

    namespace IssuedCertificate {

        /** Properties of an IssuedCertificate. */
        interface $Properties {

            /** IssuedCertificate chain */
            chain?: (string|null);

            /** IssuedCertificate renewFromMs */
            renewFromMs?: (number|null);

            /** IssuedCertificate renewUntilMs */
            renewUntilMs?: (number|null);

            /** IssuedCertificate reused */
            reused?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an IssuedCertificate. */
        type $Shape = nodetrust.IssuedCertificate.$Properties;
    }

    /**
     * Properties of a RenewalRequest.
     * @deprecated Use nodetrust.RenewalRequest.$Properties instead.
     */
    interface IRenewalRequest extends nodetrust.RenewalRequest.$Properties {
    }

    /** Represents a RenewalRequest. */
    class RenewalRequest {

        /**
         * Constructs a new RenewalRequest.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.RenewalRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RenewalRequest certificateId. */
        certificateId: string;

        /**
         * Encodes the specified RenewalRequest message. Does not implicitly {@link nodetrust.RenewalRequest.verify|verify} messages.
         * @param m RenewalRequest message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.RenewalRequest.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RenewalRequest message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.RenewalRequest & nodetrust.RenewalRequest.$Shape} RenewalRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.RenewalRequest & nodetrust.RenewalRequest.$Shape;
    }

    namespace RenewalRequest {

        /** Properties of a RenewalRequest. */
        interface $Properties {

            /** RenewalRequest certificateId */
            certificateId?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RenewalRequest. */
        type $Shape = nodetrust.RenewalRequest.$Properties;
    }

    /**
     * Properties of a RenewalResponse.
     * @deprecated Use nodetrust.RenewalResponse.$Properties instead.
     */
    interface IRenewalResponse extends nodetrust.RenewalResponse.$Properties {
    }

    /** Represents a RenewalResponse. */
    class RenewalResponse {

        /**
         * Constructs a new RenewalResponse.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.RenewalResponse.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RenewalResponse problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** RenewalResponse renewFromMs. */
        renewFromMs: number;

        /** RenewalResponse renewUntilMs. */
        renewUntilMs: number;

        /** RenewalResponse askAgainMs. */
        askAgainMs: number;

        /** RenewalResponse explanationUrl. */
        explanationUrl: string;

        /**
         * Encodes the specified RenewalResponse message. Does not implicitly {@link nodetrust.RenewalResponse.verify|verify} messages.
         * @param m RenewalResponse message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.RenewalResponse.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RenewalResponse message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.RenewalResponse & nodetrust.RenewalResponse.$Shape} RenewalResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.RenewalResponse & nodetrust.RenewalResponse.$Shape;
    }

    namespace RenewalResponse {

        /** Properties of a RenewalResponse. */
        interface $Properties {

            /** RenewalResponse problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** RenewalResponse renewFromMs */
            renewFromMs?: (number|null);

            /** RenewalResponse renewUntilMs */
            renewUntilMs?: (number|null);

            /** RenewalResponse askAgainMs */
            askAgainMs?: (number|null);

            /** RenewalResponse explanationUrl */
            explanationUrl?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RenewalResponse. */
        type $Shape = nodetrust.RenewalResponse.$Properties;
    }

    /**
     * Properties of a Dns01Request.
     * @deprecated Use nodetrust.Dns01Request.$Properties instead.
     */
    interface IDns01Request extends nodetrust.Dns01Request.$Properties {
    }

    /** Represents a Dns01Request. */
    class Dns01Request {

        /**
         * Constructs a new Dns01Request.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Dns01Request.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Dns01Request action. */
        action: nodetrust.Dns01Request.Action;

        /** Dns01Request name. */
        name: string;

        /** Dns01Request value. */
        value: string;

        /**
         * Encodes the specified Dns01Request message. Does not implicitly {@link nodetrust.Dns01Request.verify|verify} messages.
         * @param m Dns01Request message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Dns01Request.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Dns01Request message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Dns01Request & nodetrust.Dns01Request.$Shape} Dns01Request
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Dns01Request & nodetrust.Dns01Request.$Shape;
    }

    namespace Dns01Request {

        /** Properties of a Dns01Request. */
        interface $Properties {

            /** Dns01Request action */
            action?: (nodetrust.Dns01Request.Action|null);

            /** Dns01Request name */
            name?: (string|null);

            /** Dns01Request value */
            value?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Dns01Request. */
        type $Shape = nodetrust.Dns01Request.$Properties;

        /** Action enum. */
        enum Action {

            /** UNKNOWN value */
            UNKNOWN = 0,

            /** SET value */
            SET = 1,

            /** REMOVE value */
            REMOVE = 2,

            /** PIN value */
            PIN = 3,

            /** SYNC value */
            SYNC = 4,

            /** IN_STEP value */
            IN_STEP = 5,

            /** LEAVE value */
            LEAVE = 6,

            /** ISSUERS value */
            ISSUERS = 7
        }
    }

    /**
     * Properties of a Dns01Response.
     * @deprecated Use nodetrust.Dns01Response.$Properties instead.
     */
    interface IDns01Response extends nodetrust.Dns01Response.$Properties {
    }

    /** Represents a Dns01Response. */
    class Dns01Response {

        /**
         * Constructs a new Dns01Response.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.Dns01Response.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Dns01Response problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** Dns01Response expiresMs. */
        expiresMs: number;

        /**
         * Encodes the specified Dns01Response message. Does not implicitly {@link nodetrust.Dns01Response.verify|verify} messages.
         * @param m Dns01Response message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.Dns01Response.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Dns01Response message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.Dns01Response & nodetrust.Dns01Response.$Shape} Dns01Response
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.Dns01Response & nodetrust.Dns01Response.$Shape;
    }

    namespace Dns01Response {

        /** Properties of a Dns01Response. */
        interface $Properties {

            /** Dns01Response problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** Dns01Response expiresMs */
            expiresMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Dns01Response. */
        type $Shape = nodetrust.Dns01Response.$Properties;
    }

    /**
     * Properties of a PeerRecordsRequest.
     * @deprecated Use nodetrust.PeerRecordsRequest.$Properties instead.
     */
    interface IPeerRecordsRequest extends nodetrust.PeerRecordsRequest.$Properties {
    }

    /** Represents a PeerRecordsRequest. */
    class PeerRecordsRequest {

        /**
         * Constructs a new PeerRecordsRequest.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.PeerRecordsRequest.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PeerRecordsRequest peers. */
        peers: Uint8Array[];

        /** PeerRecordsRequest summary. */
        summary?: (nodetrust.RecordSummary.$Properties|null);

        /**
         * Encodes the specified PeerRecordsRequest message. Does not implicitly {@link nodetrust.PeerRecordsRequest.verify|verify} messages.
         * @param m PeerRecordsRequest message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.PeerRecordsRequest.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PeerRecordsRequest message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.PeerRecordsRequest & nodetrust.PeerRecordsRequest.$Shape} PeerRecordsRequest
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.PeerRecordsRequest & nodetrust.PeerRecordsRequest.$Shape;
    }

    namespace PeerRecordsRequest {

        /** Properties of a PeerRecordsRequest. */
        interface $Properties {

            /** PeerRecordsRequest peers */
            peers?: (Uint8Array[]|null);

            /** PeerRecordsRequest summary */
            summary?: (nodetrust.RecordSummary.$Properties|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PeerRecordsRequest. */
        type $Shape = nodetrust.PeerRecordsRequest.$Properties;
    }

    /**
     * Properties of a RecordSummary.
     * @deprecated Use nodetrust.RecordSummary.$Properties instead.
     */
    interface IRecordSummary extends nodetrust.RecordSummary.$Properties {
    }

    /** Represents a RecordSummary. */
    class RecordSummary {

        /**
         * Constructs a new RecordSummary.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.RecordSummary.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** RecordSummary salt. */
        salt: Uint8Array;

        /** RecordSummary filter. */
        filter: Uint8Array;

        /**
         * Encodes the specified RecordSummary message. Does not implicitly {@link nodetrust.RecordSummary.verify|verify} messages.
         * @param m RecordSummary message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.RecordSummary.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a RecordSummary message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.RecordSummary & nodetrust.RecordSummary.$Shape} RecordSummary
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.RecordSummary & nodetrust.RecordSummary.$Shape;
    }

    namespace RecordSummary {

        /** Properties of a RecordSummary. */
        interface $Properties {

            /** RecordSummary salt */
            salt?: (Uint8Array|null);

            /** RecordSummary filter */
            filter?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a RecordSummary. */
        type $Shape = nodetrust.RecordSummary.$Properties;
    }

    /**
     * Properties of a PeerRecordsResponse.
     * @deprecated Use nodetrust.PeerRecordsResponse.$Properties instead.
     */
    interface IPeerRecordsResponse extends nodetrust.PeerRecordsResponse.$Properties {
    }

    /** Represents a PeerRecordsResponse. */
    class PeerRecordsResponse {

        /**
         * Constructs a new PeerRecordsResponse.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.PeerRecordsResponse.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PeerRecordsResponse problem. */
        problem?: (nodetrust.Problem.$Properties|null);

        /** PeerRecordsResponse envelopes. */
        envelopes: Uint8Array[];

        /** PeerRecordsResponse unsigned. */
        unsigned: nodetrust.UnsignedPeer.$Properties[];

        /** PeerRecordsResponse more. */
        more: boolean;

        /**
         * Encodes the specified PeerRecordsResponse message. Does not implicitly {@link nodetrust.PeerRecordsResponse.verify|verify} messages.
         * @param m PeerRecordsResponse message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.PeerRecordsResponse.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PeerRecordsResponse message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.PeerRecordsResponse & nodetrust.PeerRecordsResponse.$Shape} PeerRecordsResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.PeerRecordsResponse & nodetrust.PeerRecordsResponse.$Shape;
    }

    namespace PeerRecordsResponse {

        /** Properties of a PeerRecordsResponse. */
        interface $Properties {

            /** PeerRecordsResponse problem */
            problem?: (nodetrust.Problem.$Properties|null);

            /** PeerRecordsResponse envelopes */
            envelopes?: (Uint8Array[]|null);

            /** PeerRecordsResponse unsigned */
            unsigned?: (nodetrust.UnsignedPeer.$Properties[]|null);

            /** PeerRecordsResponse more */
            more?: (boolean|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PeerRecordsResponse. */
        type $Shape = nodetrust.PeerRecordsResponse.$Properties;
    }

    /**
     * Properties of an UnsignedPeer.
     * @deprecated Use nodetrust.UnsignedPeer.$Properties instead.
     */
    interface IUnsignedPeer extends nodetrust.UnsignedPeer.$Properties {
    }

    /** Represents an UnsignedPeer. */
    class UnsignedPeer {

        /**
         * Constructs a new UnsignedPeer.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.UnsignedPeer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** UnsignedPeer peerId. */
        peerId: Uint8Array;

        /** UnsignedPeer addresses. */
        addresses: Uint8Array[];

        /**
         * Encodes the specified UnsignedPeer message. Does not implicitly {@link nodetrust.UnsignedPeer.verify|verify} messages.
         * @param m UnsignedPeer message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.UnsignedPeer.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an UnsignedPeer message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.UnsignedPeer & nodetrust.UnsignedPeer.$Shape} UnsignedPeer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.UnsignedPeer & nodetrust.UnsignedPeer.$Shape;
    }

    namespace UnsignedPeer {

        /** Properties of an UnsignedPeer. */
        interface $Properties {

            /** UnsignedPeer peerId */
            peerId?: (Uint8Array|null);

            /** UnsignedPeer addresses */
            addresses?: (Uint8Array[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an UnsignedPeer. */
        type $Shape = nodetrust.UnsignedPeer.$Properties;
    }

    /**
     * Properties of a DhtMessage.
     * @deprecated Use nodetrust.DhtMessage.$Properties instead.
     */
    interface IDhtMessage extends nodetrust.DhtMessage.$Properties {
    }

    /** Represents a DhtMessage. */
    class DhtMessage {

        /**
         * Constructs a new DhtMessage.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.DhtMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DhtMessage type. */
        type: nodetrust.DhtMessage.Type;

        /** DhtMessage key. */
        key: Uint8Array;

        /** DhtMessage record. */
        record: Uint8Array;

        /** DhtMessage closer. */
        closer: nodetrust.DhtPeer.$Properties[];

        /**
         * Encodes the specified DhtMessage message. Does not implicitly {@link nodetrust.DhtMessage.verify|verify} messages.
         * @param m DhtMessage message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.DhtMessage.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DhtMessage message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.DhtMessage & nodetrust.DhtMessage.$Shape} DhtMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.DhtMessage & nodetrust.DhtMessage.$Shape;
    }

    namespace DhtMessage {

        /** Properties of a DhtMessage. */
        interface $Properties {

            /** DhtMessage type */
            type?: (nodetrust.DhtMessage.Type|null);

            /** DhtMessage key */
            key?: (Uint8Array|null);

            /** DhtMessage record */
            record?: (Uint8Array|null);

            /** DhtMessage closer */
            closer?: (nodetrust.DhtPeer.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DhtMessage. */
        type $Shape = nodetrust.DhtMessage.$Properties;

        /** Type enum. */
        enum Type {

            /** PUT_VALUE value */
            PUT_VALUE = 0,

            /** GET_VALUE value */
            GET_VALUE = 1,

            /** ADD_PROVIDER value */
            ADD_PROVIDER = 2,

            /** GET_PROVIDERS value */
            GET_PROVIDERS = 3,

            /** FIND_NODE value */
            FIND_NODE = 4,

            /** PING value */
            PING = 5
        }
    }

    /**
     * Properties of a DhtPeer.
     * @deprecated Use nodetrust.DhtPeer.$Properties instead.
     */
    interface IDhtPeer extends nodetrust.DhtPeer.$Properties {
    }

    /** Represents a DhtPeer. */
    class DhtPeer {

        /**
         * Constructs a new DhtPeer.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.DhtPeer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DhtPeer id. */
        id: Uint8Array;

        /** DhtPeer multiaddrs. */
        multiaddrs: Uint8Array[];

        /** DhtPeer signedRecord. */
        signedRecord: Uint8Array;

        /**
         * Encodes the specified DhtPeer message. Does not implicitly {@link nodetrust.DhtPeer.verify|verify} messages.
         * @param m DhtPeer message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.DhtPeer.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DhtPeer message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.DhtPeer & nodetrust.DhtPeer.$Shape} DhtPeer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.DhtPeer & nodetrust.DhtPeer.$Shape;
    }

    namespace DhtPeer {

        /** Properties of a DhtPeer. */
        interface $Properties {

            /** DhtPeer id */
            id?: (Uint8Array|null);

            /** DhtPeer multiaddrs */
            multiaddrs?: (Uint8Array[]|null);

            /** DhtPeer signedRecord */
            signedRecord?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DhtPeer. */
        type $Shape = nodetrust.DhtPeer.$Properties;
    }

    /**
     * Properties of a DhtRecord.
     * @deprecated Use nodetrust.DhtRecord.$Properties instead.
     */
    interface IDhtRecord extends nodetrust.DhtRecord.$Properties {
    }

    /** Represents a DhtRecord. */
    class DhtRecord {

        /**
         * Constructs a new DhtRecord.
         * @param [p] Properties to set
         */
        constructor(p?: nodetrust.DhtRecord.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** DhtRecord key. */
        key: Uint8Array;

        /** DhtRecord value. */
        value: Uint8Array;

        /** DhtRecord timeReceived. */
        timeReceived: string;

        /**
         * Encodes the specified DhtRecord message. Does not implicitly {@link nodetrust.DhtRecord.verify|verify} messages.
         * @param m DhtRecord message or plain object to encode
         * @param [w] Writer to encode to
         * @returns Writer
         */
        static encode(m: nodetrust.DhtRecord.$Properties, w?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a DhtRecord message from the specified reader or buffer.
         * @param r Reader or buffer to decode from
         * @param [l] Message length if known beforehand
         * @returns {nodetrust.DhtRecord & nodetrust.DhtRecord.$Shape} DhtRecord
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(r: ($protobuf.Reader|Uint8Array), l?: number): nodetrust.DhtRecord & nodetrust.DhtRecord.$Shape;
    }

    namespace DhtRecord {

        /** Properties of a DhtRecord. */
        interface $Properties {

            /** DhtRecord key */
            key?: (Uint8Array|null);

            /** DhtRecord value */
            value?: (Uint8Array|null);

            /** DhtRecord timeReceived */
            timeReceived?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a DhtRecord. */
        type $Shape = nodetrust.DhtRecord.$Properties;
    }
}
